# A managed PostgreSQL 15 where kind is managed; where it is cnpg, the charts make the cluster, and its backups have a container here.
# SPDX-License-Identifier: PostgreSQL

locals {
  managed  = var.settings.kind == "managed" ? 1 : 0
  cnpg     = var.settings.kind == "cnpg" ? 1 : 0
  key_path = split("/", var.key)
  key_url  = "https://${local.key_path[8]}.vault.azure.net/keys/${local.key_path[10]}"
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-database"
  location = var.region
  tags     = { portarium = var.environment }
}

# The service's own identity, which may use the key and nothing else.
resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.name}-database"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
}

resource "azurerm_role_assignment" "key" {
  scope                = var.key
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_private_dns_zone" "this" {
  count               = local.managed
  name                = "${var.name}.postgres.database.azure.com"
  resource_group_name = azurerm_resource_group.this.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  count                 = local.managed
  name                  = var.name
  resource_group_name   = azurerm_resource_group.this.name
  private_dns_zone_name = azurerm_private_dns_zone.this[0].name
  virtual_network_id    = var.network
}

resource "azurerm_postgresql_flexible_server" "this" {
  count                         = local.managed
  name                          = var.name
  resource_group_name           = azurerm_resource_group.this.name
  location                      = var.region
  version                       = "15"
  sku_name                      = "GP_Standard_D2ds_v5"
  storage_mb                    = var.settings.storage_gb * 1024
  backup_retention_days         = var.settings.backup_days
  delegated_subnet_id           = var.subnets[0]
  private_dns_zone_id           = azurerm_private_dns_zone.this[0].id
  public_network_access_enabled = false
  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
    tenant_id                     = azurerm_user_assigned_identity.this.tenant_id
  }
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }
  customer_managed_key {
    key_vault_key_id                  = local.key_url
    primary_user_assigned_identity_id = azurerm_user_assigned_identity.this.id
  }
  dynamic "high_availability" {
    for_each = var.settings.instances > 1 ? ["ZoneRedundant"] : []
    content {
      mode = high_availability.value
    }
  }
  lifecycle {
    precondition {
      condition     = var.settings.backup_days >= 7 && var.settings.backup_days <= 35
      error_message = "backup_days must be from 7 to 35 at Azure."
    }
  }
  depends_on = [azurerm_private_dns_zone_virtual_network_link.this, azurerm_role_assignment.key]
}

resource "azurerm_postgresql_flexible_server_configuration" "tls" {
  count     = local.managed
  name      = "require_secure_transport"
  server_id = azurerm_postgresql_flexible_server.this[0].id
  value     = "on"
}

# The second server is the standby of ZoneRedundant; more of them are replicas that can be read and promoted.
resource "azurerm_postgresql_flexible_server" "replica" {
  count                         = local.managed * max(var.settings.instances - 2, 0)
  name                          = "${var.name}-replica-${count.index}"
  resource_group_name           = azurerm_resource_group.this.name
  location                      = var.region
  create_mode                   = "Replica"
  source_server_id              = azurerm_postgresql_flexible_server.this[0].id
  delegated_subnet_id           = var.subnets[0]
  private_dns_zone_id           = azurerm_private_dns_zone.this[0].id
  public_network_access_enabled = false
}

resource "azurerm_storage_account" "backups" {
  count                           = local.cnpg
  name                            = "${replace(var.name, "-", "")}backups"
  resource_group_name             = azurerm_resource_group.this.name
  location                        = var.region
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = false
  public_network_access_enabled   = false
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }
  customer_managed_key {
    key_vault_key_id          = local.key_url
    user_assigned_identity_id = azurerm_user_assigned_identity.this.id
  }
  # What is removed, by the operator or by mistake, can be brought back for as long as backups are kept.
  blob_properties {
    versioning_enabled = true
    delete_retention_policy {
      days = var.settings.backup_days
    }
  }
  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_storage_container" "backups" {
  count                 = local.cnpg
  name                  = "backups"
  storage_account_id    = azurerm_storage_account.backups[0].id
  container_access_type = "private"
}

resource "azurerm_management_lock" "this" {
  count      = var.settings.deletion_protection ? 1 : 0
  name       = "${var.name}-database"
  scope      = azurerm_resource_group.this.id
  lock_level = "CanNotDelete"
}
