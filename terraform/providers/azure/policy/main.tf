# What the subscription itself holds to: pods of images by digest from the allowed registries, by Azure's own policy for Kubernetes; an audit log
# of every call in storage that nobody shortens; a registry that nobody reads without a name.
# SPDX-License-Identifier: PostgreSQL

locals {
  # Azure's built-in definition "Kubernetes cluster containers should only use allowed images".
  allowed_images = "/providers/Microsoft.Authorization/policyDefinitions/febd0533-8e55-448f-b837-bd0e06f16469"
  sources        = join("|", [for registry in var.settings.allowed_registries : replace(registry, ".", "\\.")])
  key_path       = split("/", var.key)
  key_url        = "https://${local.key_path[8]}.vault.azure.net/keys/${local.key_path[10]}"
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-policy"
  location = var.region
  tags     = { portarium = var.environment }
}

# The service's own identity, which may use the key and nothing else.
resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.name}-policy"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
}

resource "azurerm_role_assignment" "key" {
  scope                = var.key
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_subscription_policy_assignment" "images" {
  name                 = "${var.name}-images"
  subscription_id      = "/subscriptions/${var.account}"
  policy_definition_id = local.allowed_images
  enforce              = true
  parameters = jsonencode({
    effect                      = { value = "Deny" }
    allowedContainerImagesRegex = { value = var.settings.images_by_digest ? "^(${local.sources})/.+@sha256:[0-9a-f]{64}$" : "^(${local.sources})/.+$" }
    excludedNamespaces          = { value = ["kube-system", "gatekeeper-system", "azure-arc"] }
  })
}

resource "azurerm_storage_account" "audit" {
  name                            = "${replace(var.name, "-", "")}audit"
  resource_group_name             = azurerm_resource_group.this.name
  location                        = var.region
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
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
    state                         = var.environment == "prod" ? "Locked" : "Unlocked"
    period_since_creation_in_days = var.settings.audit_log_days
    allow_protected_append_writes = true
  }
  blob_properties {
    versioning_enabled = true
  }
  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_monitor_diagnostic_setting" "audit" {
  name               = "${var.name}-audit"
  target_resource_id = "/subscriptions/${var.account}"
  storage_account_id = azurerm_storage_account.audit.id
  dynamic "enabled_log" {
    for_each = ["Administrative", "Security", "Policy"]
    content {
      category = enabled_log.value
    }
  }
}

resource "azurerm_container_registry" "this" {
  name                          = replace(var.name, "-", "")
  resource_group_name           = azurerm_resource_group.this.name
  location                      = var.region
  sku                           = "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }
  encryption {
    key_vault_key_id   = local.key_url
    identity_client_id = azurerm_user_assigned_identity.this.client_id
  }
  depends_on = [azurerm_role_assignment.key]
}
