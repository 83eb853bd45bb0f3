# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "network" {
  description = "The network, for other modules."
  value       = aws_vpc.this.id
}

output "subnets" {
  description = "Where nodes are put."
  value       = aws_subnet.private[*].id
}

output "database_subnets" {
  description = "Where managed databases are put."
  value       = aws_subnet.database[*].id
}
