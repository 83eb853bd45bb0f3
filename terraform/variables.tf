# What an environment is made of. The rules about each capability are in its contract, modules/<capability>/contract.
# SPDX-License-Identifier: PostgreSQL

variable "environment" {
  description = "Which environment this is: dev, staging or prod."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment must be dev, staging or prod."
  }
}

variable "state" {
  description = "Where Terraform keeps its own state, which holds secrets."
  type = object({
    kind      = string
    encrypted = bool
    locked    = bool
  })
  validation {
    condition     = var.state.encrypted
    error_message = "state.encrypted must be true: the state holds secrets."
  }
  validation {
    condition     = var.environment == "dev" || (var.state.kind != "local" && var.state.locked)
    error_message = "state must be remote and locked outside of dev."
  }
}

variable "network" {
  description = "Settings of the capability network."
  type = object({
    cidr             = string
    public_endpoints = bool
    egress_cidrs     = list(string)
    egress_ports     = list(number)
  })

}

variable "cluster" {
  description = "Settings of the capability cluster."
  type = object({
    version           = string
    nodes             = object({ min = number, max = number, zones = number })
    pod_security      = string
    secrets_encrypted = bool
    network_policy    = bool
    api_cidrs         = list(string)
  })

}

variable "database" {
  description = "Settings of the capability database."
  type = object({
    kind                = string
    instances           = number
    storage_gb          = number
    deletion_protection = bool
    encrypted           = bool
    backup_days         = number
    tls                 = string
  })

}

variable "object_store" {
  description = "Settings of the capability object_store."
  type = object({
    bucket              = string
    versioned           = bool
    lock_mode           = string
    retention_class     = string
    retention_days      = number
    public              = bool
    encrypted           = bool
    deletion_protection = bool
  })

}

variable "kms" {
  description = "Settings of the capability kms."
  type = object({
    rotation_days         = number
    deletion_window_days  = number
    separate_evidence_key = bool
  })

}

variable "identity" {
  description = "Settings of the capability identity."
  type = object({
    accounts       = map(string)
    token_seconds  = number
    token_audience = string
    static_keys    = bool
  })

}

variable "policy" {
  description = "Settings of the capability policy."
  type = object({
    images_by_digest    = bool
    provenance_required = bool
    allowed_registries  = list(string)
    audit_log_days      = number
  })

}
