# What a provider's module of this capability gives to the others.
# SPDX-License-Identifier: PostgreSQL

output "version" {
  description = "The cluster's version."
  value       = var.settings.version
}

output "nodes" {
  description = "Its nodes."
  value       = var.settings.nodes
}

output "pod_security" {
  description = "The level of Pod Security that its namespaces enforce."
  value       = var.settings.pod_security
}
