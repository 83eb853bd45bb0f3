# The whole of production: it is planned and applied; a state that is plain, local or unlocked is refused.
# SPDX-License-Identifier: PostgreSQL

variables {
  environment = "prod"


  state = {
    kind      = "remote"
    encrypted = true
    locked    = true
  }

  network = {
    cidr             = "10.30.0.0/16"
    public_endpoints = false
    egress_cidrs     = ["203.0.113.30/32"]
    egress_ports     = [443]
  }

  cluster = {
    version           = "1.31"
    nodes             = { min = 3, max = 9, zones = 3 }
    pod_security      = "restricted"
    secrets_encrypted = true
    network_policy    = true
    api_cidrs         = ["10.30.0.0/16"]
  }

  database = {
    kind                = "cnpg"
    instances           = 3
    storage_gb          = 200
    deletion_protection = true
    encrypted           = true
    backup_days         = 30
    tls                 = "verify-full"
  }

  object_store = {
    bucket              = "portarium-evidence-prod"
    versioned           = true
    lock_mode           = "COMPLIANCE"
    retention_class     = "financial"
    retention_days      = 3653
    public              = false
    encrypted           = true
    deletion_protection = true
  }

  kms = {
    rotation_days         = 90
    deletion_window_days  = 30
    separate_evidence_key = true
  }

  identity = {
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

  policy = {
    images_by_digest    = true
    provenance_required = true
    allowed_registries  = ["registry.example.org/portarium"]
    audit_log_days      = 400
  }
}

run "production_is_applied" {
  assert {
    condition     = output.environment.object_store.lock_mode == "COMPLIANCE" && output.environment.object_store.retention_days >= 2557
    error_message = "The lock of evidence did not reach the document."
  }
  assert {
    condition     = length(distinct(values(output.environment.identity.accounts))) == 6
    error_message = "The components share an account."
  }
}

run "refuses_unencrypted_state" {
  command = plan
  variables {
    state = { kind = "remote", encrypted = false, locked = true }
  }
  expect_failures = [var.state]
}

run "refuses_local_state" {
  command = plan
  variables {
    state = { kind = "local", encrypted = true, locked = true }
  }
  expect_failures = [var.state]
}

run "refuses_unlocked_state" {
  command = plan
  variables {
    state = { kind = "remote", encrypted = true, locked = false }
  }
  expect_failures = [var.state]
}

run "refuses_an_unknown_environment" {
  command = plan
  module {
    source = "./modules/kms/contract"
  }
  variables {
    environment = "test"
    settings    = var.kms
  }
  expect_failures = [var.environment]
}

run "warns_of_one_server_and_of_a_lock_that_can_be_lifted" {
  command = plan
  variables {
    environment  = "dev"
    database     = merge(var.database, { instances = 1 })
    object_store = merge(var.object_store, { lock_mode = "GOVERNANCE" })
  }
  expect_failures = [check.one_server, check.lock_can_be_lifted]
}
