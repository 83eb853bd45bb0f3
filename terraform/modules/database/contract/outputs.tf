# What a provider's module of this capability gives to the others.
# SPDX-License-Identifier: PostgreSQL

output "kind" {
  description = "Where the database is."
  value       = var.settings.kind
}

output "instances" {
  description = "How many servers."
  value       = var.settings.instances
}

output "storage_gb" {
  description = "Storage of each."
  value       = var.settings.storage_gb
}

output "backup_days" {
  description = "How far back it can be restored."
  value       = var.settings.backup_days
}
