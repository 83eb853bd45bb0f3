# The Kubernetes cluster that the charts are installed into.
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
  description = "The Kubernetes cluster that the charts are installed into."
  nullable    = false
  type = object({
    version           = string
    nodes             = object({ min = number, max = number, zones = number })
    pod_security      = string
    secrets_encrypted = bool
    network_policy    = bool
    api_cidrs         = list(string)
  })
  validation {
    condition     = can(regex("^1\\.(2[7-9]|[3-9][0-9])$", var.settings.version))
    error_message = "version must be 1.27 or newer, which the charts need."
  }
  validation {
    condition     = var.settings.nodes.min >= 1 && var.settings.nodes.max >= var.settings.nodes.min
    error_message = "nodes.max must not be less than nodes.min, and nodes.min not less than 1."
  }
  validation {
    condition     = var.environment == "dev" || var.settings.nodes.zones >= 3
    error_message = "nodes.zones must be 3 or more outside of dev."
  }
  validation {
    condition     = var.settings.pod_security == "restricted"
    error_message = "pod_security must be restricted."
  }
  validation {
    condition     = var.settings.secrets_encrypted
    error_message = "secrets_encrypted must be true."
  }
  validation {
    condition     = var.settings.network_policy
    error_message = "network_policy must be true: without it the charts' policies mean nothing."
  }
  validation {
    condition     = length(setintersection(var.settings.api_cidrs, ["0.0.0.0/0", "::/0"])) == 0
    error_message = "api_cidrs must not hold the whole internet."
  }
}
