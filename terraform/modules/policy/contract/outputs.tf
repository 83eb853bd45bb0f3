# What a provider's module of this capability gives to the others.
# SPDX-License-Identifier: PostgreSQL

output "allowed_registries" {
  description = "Where images may come from."
  value       = var.settings.allowed_registries
}

output "audit_log_days" {
  description = "How long the audit log is kept."
  value       = var.settings.audit_log_days
}

output "admission" {
  description = "The admission policy of the cluster, as manifests to be applied."
  value       = local.admission
}
