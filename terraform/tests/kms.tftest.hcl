# The contract of kms: production's settings pass; each run below changes one of them and must be refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"
  settings = {
    rotation_days         = 90
    deletion_window_days  = 30
    separate_evidence_key = true
  }
}

run "production_passes" {
  command = plan
  module {
    source = "./modules/kms/contract"
  }
}

run "refuses_keys_for_ever" {
  command = plan
  module {
    source = "./modules/kms/contract"
  }
  variables {
    settings = merge(var.settings, { rotation_days = 3650 })
  }
  expect_failures = [var.settings]
}

run "refuses_quick_deletion" {
  command = plan
  module {
    source = "./modules/kms/contract"
  }
  variables {
    settings = merge(var.settings, { deletion_window_days = 7 })
  }
  expect_failures = [var.settings]
}

run "refuses_one_key_for_both" {
  command = plan
  module {
    source = "./modules/kms/contract"
  }
  variables {
    settings = merge(var.settings, { separate_evidence_key = false })
  }
  expect_failures = [var.settings]
}
