# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "store" {
  description = "The bucket, for other modules."
  value       = google_storage_bucket.this.name
}

output "endpoint" {
  description = "Where the bucket answers."
  value       = "https://storage.googleapis.com"
}
