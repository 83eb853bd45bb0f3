# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "address" {
  description = "The managed server's name; null where the charts make the cluster."
  value       = one(azurerm_postgresql_flexible_server.this[*].fqdn)
}

output "backups" {
  description = "The bucket of the cluster's backups; null where the server is managed."
  value       = one(azurerm_storage_container.backups[*].id)
}
