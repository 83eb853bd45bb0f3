# An identity for each component, taken by the token of its Kubernetes service account alone. Only who writes or reads evidence may do anything
# with it; none may remove or unlock.
# SPDX-License-Identifier: PostgreSQL

locals {
  blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
  actions = {
    read  = ["${local.blobs}/read"]
    write = ["${local.blobs}/read", "${local.blobs}/write", "${local.blobs}/add/action", "${local.blobs}/immutableStorage/runAsSuperUser/action"]
  }
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-identity"
  location = var.region
  tags     = { portarium = var.environment }
}

resource "azurerm_user_assigned_identity" "component" {
  for_each            = var.settings.accounts
  name                = each.value
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
  tags                = { cluster = var.cluster }
}

resource "azurerm_federated_identity_credential" "component" {
  for_each            = var.settings.accounts
  name                = each.value
  resource_group_name = azurerm_resource_group.this.name
  parent_id           = azurerm_user_assigned_identity.component[each.key].id
  issuer              = var.issuer
  audience            = [var.settings.token_audience]
  subject             = local.subjects[each.key]
}

resource "azurerm_role_definition" "store" {
  for_each = local.actions
  name     = "${var.name} ${each.key} evidence"
  scope    = var.bucket
  permissions {
    data_actions = each.value
  }
}

resource "azurerm_role_assignment" "store" {
  for_each           = local.store_access
  scope              = var.bucket
  role_definition_id = azurerm_role_definition.store[each.value].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.component[each.key].principal_id
}
