# The container of evidence: versioned, immutable for as long as it is kept, encrypted with a key of its own, closed to the public. The policy is
# Locked for COMPLIANCE: then nobody shortens it, Azure included; Unlocked for GOVERNANCE. What is old moves to cheaper storage, what lost its
# lock goes. Azure speaks no S3: the notary writes here through a gateway that passes locks on, or keeps its store in a directory.
# SPDX-License-Identifier: PostgreSQL

locals {
  key_path = split("/", var.key)
  key_url  = "https://${local.key_path[8]}.vault.azure.net/keys/${local.key_path[10]}"
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-evidence"
  location = var.region
  tags     = { portarium = var.environment }
}

# The service's own identity, which may use the key and nothing else.
resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.name}-evidence"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
}

resource "azurerm_role_assignment" "key" {
  scope                = var.key
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_storage_account" "this" {
  name                            = "${replace(var.name, "-", "")}evidence"
  resource_group_name             = azurerm_resource_group.this.name
  location                        = var.region
  account_tier                    = "Standard"
  account_replication_type        = "GZRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = var.settings.public
  public_network_access_enabled   = var.settings.public
  shared_access_key_enabled       = false
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }
  customer_managed_key {
    key_vault_key_id          = local.key_url
    user_assigned_identity_id = azurerm_user_assigned_identity.this.id
  }
  immutability_policy {
    state                         = var.settings.lock_mode == "COMPLIANCE" ? "Locked" : "Unlocked"
    period_since_creation_in_days = var.settings.retention_days
    allow_protected_append_writes = false
  }
  blob_properties {
    versioning_enabled = var.settings.versioned
  }
  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_storage_container" "this" {
  name                  = var.settings.bucket
  storage_account_id    = azurerm_storage_account.this.id
  container_access_type = "private"
}

resource "azurerm_storage_management_policy" "this" {
  storage_account_id = azurerm_storage_account.this.id
  rule {
    name    = "evidence"
    enabled = true
    filters {
      blob_types = ["blockBlob"]
    }
    actions {
      base_blob {
        tier_to_cool_after_days_since_modification_greater_than = 90
      }
      version {
        delete_after_days_since_creation = var.settings.retention_days + 1
      }
    }
  }
}

resource "azurerm_management_lock" "this" {
  count      = var.settings.deletion_protection ? 1 : 0
  name       = "${var.name}-evidence"
  scope      = azurerm_storage_account.this.id
  lock_level = "CanNotDelete"
}
