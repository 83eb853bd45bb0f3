# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "storage_key" {
  description = "The key of storage, backups, secrets and logs."
  value       = google_kms_crypto_key.this["storage"].id
}

output "evidence_key" {
  description = "The key of evidence."
  value       = google_kms_crypto_key.this[var.settings.separate_evidence_key ? "evidence" : "storage"].id
}
