# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "audit_log" {
  description = "Where the audit log is."
  value       = google_logging_project_bucket_config.audit.id
}
