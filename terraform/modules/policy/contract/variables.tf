# What the platform itself refuses, whatever is asked of it.
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
  description = "What the platform itself refuses, whatever is asked of it."
  nullable    = false
  type = object({
    images_by_digest    = bool
    provenance_required = bool
    allowed_registries  = list(string)
    audit_log_days      = number
  })
  validation {
    condition     = var.settings.images_by_digest
    error_message = "images_by_digest must be true."
  }
  validation {
    condition     = var.environment == "dev" || var.settings.provenance_required
    error_message = "provenance_required must be true outside of dev."
  }
  validation {
    condition     = length(var.settings.allowed_registries) > 0 && !contains(var.settings.allowed_registries, "*")
    error_message = "allowed_registries must name registries."
  }
  validation {
    condition     = var.environment != "prod" || var.settings.audit_log_days >= 365
    error_message = "audit_log_days must be 365 or more in prod."
  }
}
