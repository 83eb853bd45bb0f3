# AKS: a private API, policies enforced by its data plane, secrets encrypted with a key of ours, pods identified by their service accounts, no
# local accounts. The listed networks reach its API through the security group of their own subnet.
# SPDX-License-Identifier: PostgreSQL

locals {
  key_path = split("/", var.key)
  key_url  = "https://${local.key_path[8]}.vault.azure.net/keys/${local.key_path[10]}"
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-cluster"
  location = var.region
  tags     = { portarium = var.environment }
}

# The service's own identity, which may use the key and nothing else.
resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.name}-cluster"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
}

resource "azurerm_role_assignment" "key" {
  scope                = var.key
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_role_assignment" "network" {
  scope                = var.network
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_kubernetes_cluster" "this" {
  name                              = var.name
  resource_group_name               = azurerm_resource_group.this.name
  location                          = var.region
  dns_prefix                        = var.name
  kubernetes_version                = var.settings.version
  private_cluster_enabled           = true
  local_account_disabled            = true
  role_based_access_control_enabled = true
  azure_policy_enabled              = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }
  azure_active_directory_role_based_access_control {
    azure_rbac_enabled = true
  }
  dynamic "key_management_service" {
    for_each = var.settings.secrets_encrypted ? [local.key_url] : []
    content {
      key_vault_key_id         = key_management_service.value
      key_vault_network_access = "Private"
    }
  }
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_policy      = var.settings.network_policy ? "cilium" : null
    network_data_plane  = "cilium"
    outbound_type       = "userAssignedNATGateway"
  }
  default_node_pool {
    name                    = "nodes"
    vm_size                 = "Standard_D4s_v5"
    vnet_subnet_id          = var.subnets[0]
    zones                   = [for zone in range(1, min(var.settings.nodes.zones, 3) + 1) : tostring(zone)]
    auto_scaling_enabled    = true
    min_count               = var.settings.nodes.min
    max_count               = var.settings.nodes.max
    host_encryption_enabled = true
  }
  depends_on = [azurerm_role_assignment.key, azurerm_role_assignment.network]
}

resource "azurerm_network_security_group" "api" {
  name                = "${var.name}-api"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
  security_rule {
    name                       = "listed"
    direction                  = "Inbound"
    access                     = "Allow"
    priority                   = 1000
    protocol                   = "Tcp"
    source_address_prefixes    = var.settings.api_cidrs
    source_port_range          = "*"
    destination_address_prefix = "VirtualNetwork"
    destination_port_range     = "443"
  }
}

resource "azurerm_management_lock" "this" {
  count      = var.environment == "prod" ? 1 : 0
  name       = "${var.name}-cluster"
  scope      = azurerm_kubernetes_cluster.this.id
  lock_level = "CanNotDelete"
}
