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

output "subjects" {
  description = "Whom the tokens of each component are about."
  value       = local.subjects
}

output "store_access" {
  description = "What a component may do in the store of evidence; all others nothing."
  value       = local.store_access
}
