# SPDX-License-Identifier: PostgreSQL

output "environment" {
  description = "The environment as its contracts have let it pass."
  value       = terraform_data.environment.output
}
