# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "storage_key" {
  description = "The key of storage, backups, secrets and logs."
  value       = aws_kms_key.this["storage"].arn
}

output "evidence_key" {
  description = "The key of evidence."
  value       = aws_kms_key.this[var.settings.separate_evidence_key ? "evidence" : "storage"].arn
}
