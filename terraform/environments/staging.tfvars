# The environment staging. Staging differs from production in addresses, names and sizes of storage only.
# SPDX-License-Identifier: PostgreSQL

environment = "staging"

state = {
  kind      = "remote"
  encrypted = true
  locked    = true
}

network = {
  cidr             = "10.20.0.0/16"
  public_endpoints = false
  egress_cidrs     = ["203.0.113.20/32"]
  egress_ports     = [443]
}

cluster = {
  version           = "1.31"
  nodes             = { min = 3, max = 9, zones = 3 }
  pod_security      = "restricted"
  secrets_encrypted = true
  network_policy    = true
  api_cidrs         = ["10.20.0.0/16"]
}

database = {
  kind                = "cnpg"
  instances           = 3
  storage_gb          = 20
  deletion_protection = true
  encrypted           = true
  backup_days         = 30
  tls                 = "verify-full"
}

object_store = {
  bucket              = "portarium-evidence-staging"
  versioned           = true
  lock_mode           = "COMPLIANCE"
  retention_class     = "financial"
  retention_days      = 1
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
    sidecar  = "portarium-staging-sidecar"
    notary   = "portarium-staging-notary"
    relay    = "portarium-staging-relay"
    executor = "portarium-staging-executor"
    egress   = "portarium-staging-egress"
    verify   = "portarium-staging-verify"
  }
  token_seconds  = 600
  token_audience = "portarium-staging"
  static_keys    = false
}

policy = {
  images_by_digest    = true
  provenance_required = true
  allowed_registries  = ["registry.example.org/portarium"]
  audit_log_days      = 400
}
