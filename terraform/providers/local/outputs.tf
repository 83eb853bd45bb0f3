# SPDX-License-Identifier: PostgreSQL

output "environment" {
  description = "What each capability gives, by its name."
  value = {
    database     = module.database
    object_store = module.object_store
  }
}
