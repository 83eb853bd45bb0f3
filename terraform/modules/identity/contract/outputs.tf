# What a provider's module of this capability gives to the others.
# SPDX-License-Identifier: PostgreSQL

output "accounts" {
  description = "The account of each component."
  value       = var.settings.accounts
}

output "token_audience" {
  description = "Whom tokens are for."
  value       = var.settings.token_audience
}
