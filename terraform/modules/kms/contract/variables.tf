# The keys that storage, secrets and state are encrypted with.
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
  description = "The keys that storage, secrets and state are encrypted with."
  nullable    = false
  type = object({
    rotation_days         = number
    deletion_window_days  = number
    separate_evidence_key = bool
  })
  validation {
    condition     = var.settings.rotation_days >= 30 && var.settings.rotation_days <= 366
    error_message = "rotation_days must be from 30 to 366."
  }
  validation {
    condition     = var.environment != "prod" || var.settings.deletion_window_days >= 30
    error_message = "deletion_window_days must be 30 or more in prod."
  }
  validation {
    condition     = var.environment == "dev" || var.settings.separate_evidence_key
    error_message = "separate_evidence_key must be true outside of dev: who may read the database may not read the evidence by that."
  }
}
