# The environment prod. Staging differs from production in addresses, names and sizes of storage only.
# SPDX-License-Identifier: PostgreSQL

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
