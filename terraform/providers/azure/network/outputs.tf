# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "network" {
  description = "The network, for other modules."
  value       = azurerm_virtual_network.this.id
}

output "subnets" {
  description = "Where nodes are put."
  value       = [azurerm_subnet.nodes.id]
}

output "database_subnets" {
  description = "Where managed databases are put."
  value       = [azurerm_subnet.database.id]
}
