# The contract of identity: production's settings pass; each run below changes one of them and must be refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"
  settings = {
    accounts = {
      sidecar  = "portarium-prod-sidecar"
      notary   = "portarium-prod-notary"
      relay    = "portarium-prod-relay"
      executor = "portarium-prod-executor"
      egress   = "portarium-prod-egress"
      verify   = "portarium-prod-verify"
    }
    token_seconds  = 600
    token_audience = "portarium-prod"
    static_keys    = false
  }
}

run "production_passes" {
  command = plan
  module {
    source = "./modules/identity/contract"
  }
}

run "refuses_an_account_too_few" {
  command = plan
  module {
    source = "./modules/identity/contract"
  }
  variables {
    settings = merge(var.settings, { accounts = { sidecar = "a", notary = "b", relay = "c", executor = "d", egress = "e" } })
  }
  expect_failures = [var.settings]
}

run "refuses_a_shared_account" {
  command = plan
  module {
    source = "./modules/identity/contract"
  }
  variables {
    settings = merge(var.settings, { accounts = { sidecar = "a", notary = "a", relay = "c", executor = "d", egress = "e", verify = "f" } })
  }
  expect_failures = [var.settings]
}

run "refuses_long_tokens" {
  command = plan
  module {
    source = "./modules/identity/contract"
  }
  variables {
    settings = merge(var.settings, { token_seconds = 86400 })
  }
  expect_failures = [var.settings]
}

run "refuses_tokens_for_anybody" {
  command = plan
  module {
    source = "./modules/identity/contract"
  }
  variables {
    settings = merge(var.settings, { token_audience = "" })
  }
  expect_failures = [var.settings]
}

run "refuses_static_keys" {
  command = plan
  module {
    source = "./modules/identity/contract"
  }
  variables {
    settings = merge(var.settings, { static_keys = true })
  }
  expect_failures = [var.settings]
}
