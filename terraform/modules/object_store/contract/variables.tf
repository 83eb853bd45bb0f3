# The store of evidence: versioned, locked, never public.
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
  description = "The store of evidence: versioned, locked, never public."
  nullable    = false
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
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.settings.bucket))
    error_message = "bucket must be a name of 3 to 63 lower-case letters, digits, dots and hyphens."
  }
  validation {
    condition     = var.settings.versioned
    error_message = "versioned must be true: a lock holds versions."
  }
  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.settings.lock_mode)
    error_message = "lock_mode must be COMPLIANCE or GOVERNANCE."
  }
  validation {
    condition     = var.environment != "prod" || var.settings.lock_mode == "COMPLIANCE"
    error_message = "lock_mode must be COMPLIANCE in prod: GOVERNANCE can be lifted by who administers the store."
  }
  validation {
    condition     = contains(keys(local.floor_days), var.settings.retention_class)
    error_message = "retention_class must be operational, financial or permanent."
  }
  validation {
    condition     = var.environment != "prod" || var.settings.retention_days >= lookup(local.floor_days, var.settings.retention_class, 0)
    error_message = "retention_days is below the floor of its class in prod: operational 365, financial 2557, permanent 36525."
  }
  validation {
    condition     = var.settings.retention_days >= 1
    error_message = "retention_days must be 1 or more."
  }
  validation {
    condition     = !var.settings.public
    error_message = "public must be false."
  }
  validation {
    condition     = var.settings.encrypted
    error_message = "encrypted must be true."
  }
  validation {
    condition     = var.environment != "prod" || var.settings.deletion_protection
    error_message = "deletion_protection must be true in prod."
  }
}
