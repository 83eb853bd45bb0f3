# The provider-neutral root: each capability's contract judges its settings; what has passed is kept as one document, which the
# modules of a provider take as it is.
# SPDX-License-Identifier: PostgreSQL

module "network" {
  source      = "./modules/network/contract"
  environment = var.environment
  settings    = var.network
}

module "cluster" {
  source      = "./modules/cluster/contract"
  environment = var.environment
  settings    = var.cluster
}

module "database" {
  source      = "./modules/database/contract"
  environment = var.environment
  settings    = var.database
}

module "object_store" {
  source      = "./modules/object_store/contract"
  environment = var.environment
  settings    = var.object_store
}

module "kms" {
  source      = "./modules/kms/contract"
  environment = var.environment
  settings    = var.kms
}

module "identity" {
  source      = "./modules/identity/contract"
  environment = var.environment
  settings    = var.identity
}

module "policy" {
  source      = "./modules/policy/contract"
  environment = var.environment
  settings    = var.policy
}

resource "terraform_data" "environment" {
  input = {
    environment  = var.environment
    network      = module.network
    cluster      = module.cluster
    database     = module.database
    object_store = module.object_store
    kms          = module.kms
    identity     = module.identity
    policy       = module.policy
  }
}
