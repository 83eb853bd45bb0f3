# What this module gives to the others; the names are those of every provider.
# SPDX-License-Identifier: PostgreSQL

output "cluster" {
  description = "The cluster, for other modules."
  value       = google_container_cluster.this.id
}

output "issuer" {
  description = "Who signs the tokens of its service accounts."
  value       = "https://container.googleapis.com/v1/${google_container_cluster.this.id}"
}
