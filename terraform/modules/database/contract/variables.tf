# PostgreSQL 15, by CloudNativePG in the cluster or managed.
# SPDX-License-Identifier: PostgreSQL

variable "environment" {
  description = "Which environment this is: dev, staging or prod."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment must be dev, staging or prod."
  }
}

variable "settings" {
  description = "PostgreSQL 15, by CloudNativePG in the cluster or managed."
  nullable    = false
  type = object({
    kind                = string
    instances           = number
    storage_gb          = number
    deletion_protection = bool
    encrypted           = bool
    backup_days         = number
    tls                 = string
  })
  validation {
    condition     = contains(["cnpg", "managed"], var.settings.kind)
    error_message = "kind must be cnpg or managed."
  }
  validation {
    condition     = var.environment == "dev" || var.settings.instances >= 2
    error_message = "instances must be 2 or more outside of dev."
  }
  validation {
    condition     = var.settings.storage_gb >= 5
    error_message = "storage_gb must be 5 or more."
  }
  validation {
    condition     = var.environment != "prod" || var.settings.deletion_protection
    error_message = "deletion_protection must be true in prod."
  }
  validation {
    condition     = var.settings.encrypted
    error_message = "encrypted must be true."
  }
  validation {
    condition     = var.environment != "prod" || var.settings.backup_days >= 14
    error_message = "backup_days must be 14 or more in prod."
  }
  validation {
    condition     = var.settings.tls == "verify-full"
    error_message = "tls must be verify-full."
  }
}
