# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "store" {
  description = "The bucket, for other modules."
  value       = aws_s3_bucket.this.id
}

output "endpoint" {
  description = "Where the bucket answers."
  value       = "https://s3.${var.region}.amazonaws.com"
}
