# What a provider's module of this capability gives to the others.
# SPDX-License-Identifier: PostgreSQL

output "rotation_days" {
  description = "How often a key is changed."
  value       = var.settings.rotation_days
}

output "separate_evidence_key" {
  description = "Whether evidence has a key of its own."
  value       = var.settings.separate_evidence_key
}
