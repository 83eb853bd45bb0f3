# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "address" {
  description = "The managed server's name; null where the charts make the cluster."
  value       = one(google_sql_database_instance.this[*].private_ip_address)
}

output "backups" {
  description = "The bucket of the cluster's backups; null where the server is managed."
  value       = one(google_storage_bucket.backups[*].name)
}
