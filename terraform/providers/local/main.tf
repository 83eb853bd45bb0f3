# The two capabilities that servers on this machine have: the database with its extension and logins, and the locked bucket. No provider is
# needed: each is a script that makes, finds or removes, called by terraform_data.
# SPDX-License-Identifier: PostgreSQL

module "database" {
  source      = "./database"
  server      = var.server
  secrets     = var.secrets
  environment = var.environment
  settings    = var.database
}

module "object_store" {
  source      = "./object_store"
  endpoint    = var.endpoint
  environment = var.environment
  settings    = var.object_store
}
