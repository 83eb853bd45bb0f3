# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "storage_key" {
  description = "The key of storage, backups, secrets and logs."
  value       = azurerm_key_vault_key.this["storage"].resource_versionless_id
}

output "evidence_key" {
  description = "The key of evidence."
  value       = azurerm_key_vault_key.this[var.settings.separate_evidence_key ? "evidence" : "storage"].resource_versionless_id
}
