# The environment dev. Staging differs from production in addresses, names and sizes of storage only.
# SPDX-License-Identifier: PostgreSQL

environment = "dev"

state = {
  kind      = "local"
  encrypted = true
  locked    = false
}

network = {
  cidr             = "10.10.0.0/16"
  public_endpoints = false
  egress_cidrs     = ["203.0.113.10/32"]
  egress_ports     = [443]
}

cluster = {
  version           = "1.31"
  nodes             = { min = 1, max = 3, zones = 1 }
  pod_security      = "restricted"
  secrets_encrypted = true
  network_policy    = true
  api_cidrs         = ["10.10.0.0/16"]
}

database = {
  kind                = "cnpg"
  instances           = 1
  storage_gb          = 5
  deletion_protection = false
  encrypted           = true
  backup_days         = 1
  tls                 = "verify-full"
}

object_store = {
  bucket              = "portarium-evidence-dev"
  versioned           = true
  lock_mode           = "GOVERNANCE"
  retention_class     = "financial"
  retention_days      = 1
  public              = false
  encrypted           = true
  deletion_protection = false
}

kms = {
  rotation_days         = 90
  deletion_window_days  = 7
  separate_evidence_key = false
}

identity = {
  accounts = {
    sidecar  = "portarium-dev-sidecar"
    notary   = "portarium-dev-notary"
    relay    = "portarium-dev-relay"
    executor = "portarium-dev-executor"
    egress   = "portarium-dev-egress"
    verify   = "portarium-dev-verify"
  }
  token_seconds  = 600
  token_audience = "portarium-dev"
  static_keys    = false
}

policy = {
  images_by_digest    = true
  provenance_required = false
  allowed_registries  = ["registry.example.org/portarium"]
  audit_log_days      = 30
}
