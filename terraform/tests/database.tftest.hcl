# The contract of database: production's settings pass; each run below changes one of them and must be refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"
  settings = {
    kind                = "cnpg"
    instances           = 3
    storage_gb          = 200
    deletion_protection = true
    encrypted           = true
    backup_days         = 30
    tls                 = "verify-full"
  }
}

run "production_passes" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
}

run "refuses_an_unknown_kind" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
  variables {
    settings = merge(var.settings, { kind = "mysql" })
  }
  expect_failures = [var.settings]
}

run "refuses_one_server" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
  variables {
    settings = merge(var.settings, { instances = 1 })
  }
  expect_failures = [var.settings]
}

run "refuses_too_little_storage" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
  variables {
    settings = merge(var.settings, { storage_gb = 1 })
  }
  expect_failures = [var.settings]
}

run "refuses_missing_deletion_protection" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
  variables {
    settings = merge(var.settings, { deletion_protection = false })
  }
  expect_failures = [var.settings]
}

run "refuses_plain_storage" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
  variables {
    settings = merge(var.settings, { encrypted = false })
  }
  expect_failures = [var.settings]
}

run "refuses_short_backups" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
  variables {
    settings = merge(var.settings, { backup_days = 7 })
  }
  expect_failures = [var.settings]
}

run "refuses_unverified_tls" {
  command = plan
  module {
    source = "./modules/database/contract"
  }
  variables {
    settings = merge(var.settings, { tls = "require" })
  }
  expect_failures = [var.settings]
}
