# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "store" {
  description = "The bucket, for other modules."
  value       = azurerm_storage_container.this.id
}

output "endpoint" {
  description = "Where the bucket answers."
  value       = azurerm_storage_account.this.primary_blob_endpoint
}
