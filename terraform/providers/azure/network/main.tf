# A network whose nodes reach itself, Azure's own services by their endpoints, and the listed networks and ports through one NAT gateway; all else
# is denied by the security group. Databases have a subnet of their own, delegated to the service.
# SPDX-License-Identifier: PostgreSQL

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-network"
  location = var.region
  tags     = { portarium = var.environment }
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
  address_space       = [var.settings.cidr]
}

resource "azurerm_subnet" "nodes" {
  name                            = "nodes"
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.settings.cidr, 2, 0)]
  default_outbound_access_enabled = false
  service_endpoints               = ["Microsoft.KeyVault", "Microsoft.Storage"]
}

resource "azurerm_subnet" "database" {
  name                            = "database"
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.settings.cidr, 2, 1)]
  default_outbound_access_enabled = false
  delegation {
    name = "database"
    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_network_security_group" "nodes" {
  name                = "${var.name}-nodes"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
}

resource "azurerm_network_security_rule" "nothing_out" {
  name                        = "nothing-out"
  resource_group_name         = azurerm_resource_group.this.name
  network_security_group_name = azurerm_network_security_group.nodes.name
  direction                   = "Outbound"
  access                      = "Deny"
  priority                    = 4000
  protocol                    = "*"
  source_address_prefix       = "*"
  source_port_range           = "*"
  destination_address_prefix  = "Internet"
  destination_port_range      = "*"
}

resource "azurerm_network_security_rule" "listed_out" {
  count                        = length(var.settings.egress_cidrs) > 0 ? 1 : 0
  name                         = "listed-out"
  resource_group_name          = azurerm_resource_group.this.name
  network_security_group_name  = azurerm_network_security_group.nodes.name
  direction                    = "Outbound"
  access                       = "Allow"
  priority                     = 1000
  protocol                     = "Tcp"
  source_address_prefix        = "VirtualNetwork"
  source_port_range            = "*"
  destination_address_prefixes = var.settings.egress_cidrs
  destination_port_ranges      = [for port in var.settings.egress_ports : tostring(port)]
}

# What the nodes of the service cannot do without.
resource "azurerm_network_security_rule" "service_out" {
  for_each                    = { MicrosoftContainerRegistry = 1010, AzureActiveDirectory = 1020, AzureKeyVault = 1030, Storage = 1040 }
  name                        = each.key
  resource_group_name         = azurerm_resource_group.this.name
  network_security_group_name = azurerm_network_security_group.nodes.name
  direction                   = "Outbound"
  access                      = "Allow"
  priority                    = each.value
  protocol                    = "Tcp"
  source_address_prefix       = "VirtualNetwork"
  source_port_range           = "*"
  destination_address_prefix  = each.key
  destination_port_range      = "443"
}

resource "azurerm_subnet_network_security_group_association" "nodes" {
  subnet_id                 = azurerm_subnet.nodes.id
  network_security_group_id = azurerm_network_security_group.nodes.id
}

resource "azurerm_public_ip" "nat" {
  name                = "${var.name}-nat"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
  allocation_method   = "Static"
  sku                 = "Standard"
}

resource "azurerm_nat_gateway" "this" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.region
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.nat.id
}

resource "azurerm_subnet_nat_gateway_association" "nodes" {
  subnet_id      = azurerm_subnet.nodes.id
  nat_gateway_id = azurerm_nat_gateway.this.id
}
