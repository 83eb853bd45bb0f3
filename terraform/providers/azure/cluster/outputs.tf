# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "cluster" {
  description = "The cluster, for other modules."
  value       = azurerm_kubernetes_cluster.this.id
}

output "issuer" {
  description = "Who signs the tokens of its service accounts."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}
