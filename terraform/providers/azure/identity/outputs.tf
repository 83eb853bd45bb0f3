# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "identities" {
  description = "Whom the provider takes each component for."
  value       = { for component, identity in azurerm_user_assigned_identity.component : component => identity.client_id }
}
