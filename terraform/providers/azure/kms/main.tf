# A key for storage and one for evidence, the same where they need not be separate, in a vault that nobody can purge. A key is gone only after the
# window of its deletion.
# SPDX-License-Identifier: PostgreSQL

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-kms"
  location = var.region
  tags     = { portarium = var.environment }
}

resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.name}-kms"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
}

resource "azurerm_key_vault" "this" {
  name                          = var.name
  resource_group_name           = azurerm_resource_group.this.name
  location                      = var.region
  tenant_id                     = azurerm_user_assigned_identity.this.tenant_id
  sku_name                      = "premium"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = var.settings.deletion_window_days
  public_network_access_enabled = false
  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
  }
  lifecycle {
    precondition {
      condition     = var.settings.deletion_window_days >= 7 && var.settings.deletion_window_days <= 90
      error_message = "deletion_window_days must be from 7 to 90 at Azure."
    }
  }
}

resource "azurerm_key_vault_key" "this" {
  for_each     = var.settings.separate_evidence_key ? toset(["storage", "evidence"]) : toset(["storage"])
  name         = each.value
  key_vault_id = azurerm_key_vault.this.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["wrapKey", "unwrapKey", "encrypt", "decrypt"]
  rotation_policy {
    automatic {
      time_after_creation = "P${var.settings.rotation_days}D"
    }
  }
}
