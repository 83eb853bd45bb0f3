# SPDX-License-Identifier: PostgreSQL

output "address" {
  description = "The server's name."
  value       = terraform_data.database.output.host
}
