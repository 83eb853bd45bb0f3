# What a provider's module of this capability gives to the others.
# SPDX-License-Identifier: PostgreSQL

output "bucket" {
  description = "The bucket of evidence."
  value       = var.settings.bucket
}

output "lock_mode" {
  description = "How its objects are locked."
  value       = var.settings.lock_mode
}

output "retention_days" {
  description = "For how long."
  value       = var.settings.retention_days
}
