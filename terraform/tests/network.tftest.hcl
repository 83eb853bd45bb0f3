# The contract of network: production's settings pass; each run below changes one of them and must be refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"
  settings = {
    cidr             = "10.30.0.0/16"
    public_endpoints = false
    egress_cidrs     = ["203.0.113.30/32"]
    egress_ports     = [443]
  }
}

run "production_passes" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
}

run "refuses_a_small_network" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { cidr = "10.0.0.0/24" })
  }
  expect_failures = [var.settings]
}

run "refuses_what_is_no_network" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { cidr = "here" })
  }
  expect_failures = [var.settings]
}

run "refuses_a_public_endpoint" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { public_endpoints = true })
  }
  expect_failures = [var.settings]
}

run "refuses_open_egress" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { egress_cidrs = ["0.0.0.0/0"] })
  }
  expect_failures = [var.settings]
}

run "refuses_open_egress_by_ipv6" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { egress_cidrs = ["::/0"] })
  }
  expect_failures = [var.settings]
}

run "refuses_egress_to_what_is_no_network" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { egress_cidrs = ["example.org"] })
  }
  expect_failures = [var.settings]
}

run "refuses_no_port" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { egress_ports = [] })
  }
  expect_failures = [var.settings]
}

run "refuses_a_port_out_of_range" {
  command = plan
  module {
    source = "./modules/network/contract"
  }
  variables {
    settings = merge(var.settings, { egress_ports = [70000] })
  }
  expect_failures = [var.settings]
}
