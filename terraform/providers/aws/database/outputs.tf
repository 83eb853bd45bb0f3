# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "address" {
  description = "The managed server's name; null where the charts make the cluster."
  value       = one(aws_db_instance.this[*].address)
}

output "backups" {
  description = "The bucket of the cluster's backups; null where the server is managed."
  value       = one(aws_s3_bucket.backups[*].bucket)
}
