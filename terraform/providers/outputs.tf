# SPDX-License-Identifier: PostgreSQL

output "environment" {
  description = "What each capability gives, by its name."
  value = {
    network      = module.network
    cluster      = module.cluster
    database     = module.database
    object_store = module.object_store
    kms          = module.kms
    identity     = module.identity
    policy       = module.policy
  }
}
