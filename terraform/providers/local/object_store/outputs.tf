# SPDX-License-Identifier: PostgreSQL

output "store" {
  description = "The bucket, for other modules."
  value       = terraform_data.bucket.output.bucket
}

output "endpoint" {
  description = "Where the bucket answers."
  value       = var.endpoint
}
