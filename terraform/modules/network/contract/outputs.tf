# What a provider's module of this capability gives to the others.
# SPDX-License-Identifier: PostgreSQL

output "cidr" {
  description = "The network."
  value       = var.settings.cidr
}

output "egress_cidrs" {
  description = "Where the egress proxy may go."
  value       = var.settings.egress_cidrs
}

output "egress_ports" {
  description = "At which ports."
  value       = var.settings.egress_ports
}

output "public_endpoints" {
  description = "Whether anything is reached from outside."
  value       = var.settings.public_endpoints
}
