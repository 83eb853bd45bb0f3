# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "cluster" {
  description = "The cluster, for other modules."
  value       = aws_eks_cluster.this.name
}

output "issuer" {
  description = "Who signs the tokens of its service accounts."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}
