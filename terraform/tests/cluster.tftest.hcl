# The contract of cluster: production's settings pass; each run below changes one of them and must be refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"
  settings = {
    version           = "1.31"
    nodes             = { min = 3, max = 9, zones = 3 }
    pod_security      = "restricted"
    secrets_encrypted = true
    network_policy    = true
    api_cidrs         = ["10.30.0.0/16"]
  }
}

run "production_passes" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
}

run "refuses_an_old_version" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
  variables {
    settings = merge(var.settings, { version = "1.26" })
  }
  expect_failures = [var.settings]
}

run "refuses_fewer_nodes_at_most_than_at_least" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
  variables {
    settings = merge(var.settings, { nodes = { min = 3, max = 2, zones = 3 } })
  }
  expect_failures = [var.settings]
}

run "refuses_one_zone" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
  variables {
    settings = merge(var.settings, { nodes = { min = 3, max = 9, zones = 1 } })
  }
  expect_failures = [var.settings]
}

run "refuses_pod_security_baseline" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
  variables {
    settings = merge(var.settings, { pod_security = "baseline" })
  }
  expect_failures = [var.settings]
}

run "refuses_plain_secrets" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
  variables {
    settings = merge(var.settings, { secrets_encrypted = false })
  }
  expect_failures = [var.settings]
}

run "refuses_no_networkpolicy" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
  variables {
    settings = merge(var.settings, { network_policy = false })
  }
  expect_failures = [var.settings]
}

run "refuses_an_open_api_server" {
  command = plan
  module {
    source = "./modules/cluster/contract"
  }
  variables {
    settings = merge(var.settings, { api_cidrs = ["0.0.0.0/0"] })
  }
  expect_failures = [var.settings]
}
