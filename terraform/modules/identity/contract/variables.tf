# Who runs as whom: an account for each component, tokens bound to an audience and short.
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
  description = "Who runs as whom: an account for each component, tokens bound to an audience and short."
  nullable    = false
  type = object({
    accounts       = map(string)
    token_seconds  = number
    token_audience = string
    static_keys    = bool
  })
  validation {
    condition     = toset(keys(var.settings.accounts)) == toset(["sidecar", "notary", "relay", "executor", "egress", "verify"])
    error_message = "accounts must name sidecar, notary, relay, executor, egress and verify, each once."
  }
  validation {
    condition     = length(distinct(values(var.settings.accounts))) == length(var.settings.accounts)
    error_message = "accounts must all be different: no two components share one."
  }
  validation {
    condition     = var.settings.token_seconds >= 600 && var.settings.token_seconds <= 3600
    error_message = "token_seconds must be from 600 to 3600."
  }
  validation {
    condition     = length(var.settings.token_audience) > 0
    error_message = "token_audience must be given."
  }
  validation {
    condition     = !var.settings.static_keys
    error_message = "static_keys must be false: an identity is proven by a short token."
  }
}
