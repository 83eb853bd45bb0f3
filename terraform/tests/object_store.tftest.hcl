# The contract of object_store: production's settings pass; each run below changes one of them and must be refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"
  settings = {
    bucket              = "portarium-evidence-prod"
    versioned           = true
    lock_mode           = "COMPLIANCE"
    retention_class     = "financial"
    retention_days      = 3653
    public              = false
    encrypted           = true
    deletion_protection = true
  }
}

run "production_passes" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
}

run "refuses_a_name_that_is_none" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { bucket = "X" })
  }
  expect_failures = [var.settings]
}

run "refuses_no_versions" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { versioned = false })
  }
  expect_failures = [var.settings]
}

run "refuses_governance" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { lock_mode = "GOVERNANCE" })
  }
  expect_failures = [var.settings]
}

run "refuses_no_lock" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { lock_mode = "NONE" })
  }
  expect_failures = [var.settings]
}

run "refuses_an_unknown_class" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { retention_class = "x" })
  }
  expect_failures = [var.settings]
}

run "refuses_retention_below_the_floor_of_the_class" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { retention_days = 2556 })
  }
  expect_failures = [var.settings]
}

run "refuses_a_public_bucket" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { public = true })
  }
  expect_failures = [var.settings]
}

run "refuses_a_plain_bucket" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { encrypted = false })
  }
  expect_failures = [var.settings]
}

run "refuses_missing_deletion_protection" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    settings = merge(var.settings, { deletion_protection = false })
  }
  expect_failures = [var.settings]
}

run "refuses_no_retention_in_dev_either" {
  command = plan
  module {
    source = "./modules/object_store/contract"
  }
  variables {
    environment = "dev"
    settings    = merge(var.settings, { retention_days = 0 })
  }
  expect_failures = [var.settings]
}
