# The state's container encrypts and locks by itself; where it is, "terraform init -backend-config" says. Terraform runs from inside the network:
# vaults and stores answer nobody else.
# SPDX-License-Identifier: PostgreSQL

terraform {
  required_version = ">= 1.10.0"
  backend "azurerm" {
    use_azuread_auth = true
  }
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.54"
    }
  }
}

provider "azurerm" {
  subscription_id     = var.account
  storage_use_azuread = true
  features {
    key_vault {
      purge_soft_delete_on_destroy = false
    }
  }
}
