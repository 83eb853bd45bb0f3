# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "identities" {
  description = "Whom the provider takes each component for."
  value       = { for component, account in google_service_account.component : component => account.email }
}
