# An environment at a provider: each capability by its module there, what one gives to another passed on here. The providers share this file by links.
# SPDX-License-Identifier: PostgreSQL

locals {
  name = "portarium-${var.environment}"
}

module "network" {
  source      = "./network"
  name        = local.name
  region      = var.region
  environment = var.environment
  settings    = var.network
}

module "kms" {
  source      = "./kms"
  name        = local.name
  region      = var.region
  environment = var.environment
  settings    = var.kms
}

module "cluster" {
  source      = "./cluster"
  name        = local.name
  region      = var.region
  environment = var.environment
  settings    = var.cluster
  network     = module.network.network
  subnets     = module.network.subnets
  key         = module.kms.storage_key
}

module "database" {
  source      = "./database"
  name        = local.name
  region      = var.region
  environment = var.environment
  settings    = var.database
  network     = module.network.network
  subnets     = module.network.database_subnets
  key         = module.kms.storage_key
}

module "object_store" {
  source      = "./object_store"
  name        = local.name
  region      = var.region
  environment = var.environment
  settings    = var.object_store
  key         = module.kms.evidence_key
}

module "identity" {
  source      = "./identity"
  name        = local.name
  region      = var.region
  environment = var.environment
  settings    = var.identity
  cluster     = module.cluster.cluster
  issuer      = module.cluster.issuer
  bucket      = module.object_store.store
}

module "policy" {
  source      = "./policy"
  name        = local.name
  region      = var.region
  environment = var.environment
  settings    = var.policy
  account     = var.account
  key         = module.kms.storage_key
}
