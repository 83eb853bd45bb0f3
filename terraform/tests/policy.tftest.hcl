# The contract of policy: production's settings pass; each run below changes one of them and must be refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"
  settings = {
    images_by_digest    = true
    provenance_required = true
    allowed_registries  = ["registry.example.org/portarium"]
    audit_log_days      = 400
  }
}

run "production_passes" {
  command = plan
  module {
    source = "./modules/policy/contract"
  }
}

run "refuses_images_by_tag" {
  command = plan
  module {
    source = "./modules/policy/contract"
  }
  variables {
    settings = merge(var.settings, { images_by_digest = false })
  }
  expect_failures = [var.settings]
}

run "refuses_no_provenance" {
  command = plan
  module {
    source = "./modules/policy/contract"
  }
  variables {
    settings = merge(var.settings, { provenance_required = false })
  }
  expect_failures = [var.settings]
}

run "refuses_any_registry" {
  command = plan
  module {
    source = "./modules/policy/contract"
  }
  variables {
    settings = merge(var.settings, { allowed_registries = ["*"] })
  }
  expect_failures = [var.settings]
}

run "refuses_no_registry" {
  command = plan
  module {
    source = "./modules/policy/contract"
  }
  variables {
    settings = merge(var.settings, { allowed_registries = [] })
  }
  expect_failures = [var.settings]
}

run "refuses_a_short_audit_log" {
  command = plan
  module {
    source = "./modules/policy/contract"
  }
  variables {
    settings = merge(var.settings, { audit_log_days = 30 })
  }
  expect_failures = [var.settings]
}
