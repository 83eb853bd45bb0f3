# Production at Azure, planned and refused, with the provider's schema and no provider: what must hold reached its resources, and each capability
# refuses by itself what its contract refuses. The settings are environments/prod.tfvars.
# SPDX-License-Identifier: PostgreSQL

mock_provider "azurerm" {
  mock_resource "azurerm_key_vault_key" {
    defaults = {
      resource_versionless_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    }
  }
}

variables {
  region  = "westeurope"
  account = "00000000-0000-0000-0000-000000000000"
}

run "production_is_applied" {
  assert {
    condition     = output.environment.object_store.lock_mode == "COMPLIANCE" && output.environment.database.address == null
    error_message = "The outputs are not those of production."
  }
  assert {
    condition     = length(output.environment.identity.identities) == 6
    error_message = "The components do not have an identity each."
  }
}

run "refuses_unencrypted_state" {
  command = plan
  variables {
    state = { kind = "remote", encrypted = false, locked = true }
  }
  expect_failures = [var.state]
}

run "network_has_one_way_out" {
  command = plan
  module {
    source = "./network"
  }
  variables {
    name     = "portarium-prod"
    settings = var.network
  }
  assert {
    condition     = azurerm_network_security_rule.nothing_out.access == "Deny" && azurerm_network_security_rule.nothing_out.destination_address_prefix == "Internet"
    error_message = "The network has a way out to everywhere."
  }
  assert {
    condition     = azurerm_network_security_rule.listed_out[0].destination_address_prefixes == toset(["203.0.113.30/32"]) && azurerm_network_security_rule.listed_out[0].destination_port_ranges == toset(["443"])
    error_message = "The network knows another way out than the listed one."
  }
}

run "refuses_a_public_endpoint" {
  command = plan
  module {
    source = "./network"
  }
  variables {
    name     = "portarium-prod"
    settings = merge(var.network, { public_endpoints = true })
  }
  expect_failures = [var.settings]
}

run "refuses_open_egress" {
  command = plan
  module {
    source = "./network"
  }
  variables {
    name     = "portarium-prod"
    settings = merge(var.network, { egress_cidrs = ["0.0.0.0/0"] })
  }
  expect_failures = [var.settings]
}

run "keys_are_separate_and_change" {
  command = plan
  module {
    source = "./kms"
  }
  variables {
    name     = "portarium-prod"
    settings = var.kms
  }
  assert {
    condition     = length(azurerm_key_vault_key.this) == 2 && azurerm_key_vault.this.purge_protection_enabled && azurerm_key_vault.this.soft_delete_retention_days == 30
    error_message = "Evidence has no key of its own, or a key can be purged."
  }
}

run "cluster_is_private" {
  command = plan
  module {
    source = "./cluster"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = var.cluster
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.private_cluster_enabled && length(azurerm_management_lock.this) == 1
    error_message = "The API is public, or the cluster unprotected."
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.key_management_service[0].key_vault_key_id == "https://vault.vault.azure.net/keys/storage" && azurerm_kubernetes_cluster.this.network_profile[0].network_policy == "cilium"
    error_message = "Its secrets are not encrypted with our key, or policies are not enforced."
  }
}

run "refuses_an_open_api" {
  command = plan
  module {
    source = "./cluster"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = merge(var.cluster, { api_cidrs = ["0.0.0.0/0"] })
  }
  expect_failures = [var.settings]
}

run "managed_server_is_protected" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = merge(var.database, { kind = "managed" })
  }
  assert {
    condition     = !azurerm_postgresql_flexible_server.this[0].public_network_access_enabled && length(azurerm_management_lock.this) == 1 && azurerm_postgresql_flexible_server.this[0].customer_managed_key[0].key_vault_key_id == "https://vault.vault.azure.net/keys/storage"
    error_message = "The server is plain, unprotected or public."
  }
  assert {
    condition     = azurerm_postgresql_flexible_server.this[0].high_availability[0].mode == "ZoneRedundant" && length(azurerm_postgresql_flexible_server.replica) == 1
    error_message = "Three servers were asked for."
  }
}

run "backups_of_the_charts_cluster_are_kept" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = var.database
  }
  assert {
    condition     = azurerm_storage_account.backups[0].blob_properties[0].versioning_enabled && length(azurerm_postgresql_flexible_server.this) == 0
    error_message = "The backups are not versioned, or a server is made beside the charts."
  }
}

run "refuses_missing_deletion_protection" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = merge(var.database, { deletion_protection = false })
  }
  expect_failures = [var.settings]
}

run "refuses_a_plain_database" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = merge(var.database, { encrypted = false })
  }
  expect_failures = [var.settings]
}

run "evidence_is_locked" {
  command = plan
  module {
    source = "./object_store"
  }
  variables {
    name     = "portarium-prod"
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = var.object_store
  }
  assert {
    condition     = azurerm_storage_account.this.immutability_policy[0].state == "Locked" && azurerm_storage_account.this.immutability_policy[0].period_since_creation_in_days == 3653
    error_message = "The lock did not reach the store."
  }
  assert {
    condition     = azurerm_storage_account.this.blob_properties[0].versioning_enabled && length(azurerm_management_lock.this) == 1
    error_message = "The store is not versioned, or not protected."
  }
  assert {
    condition     = !azurerm_storage_account.this.allow_nested_items_to_be_public && !azurerm_storage_account.this.public_network_access_enabled
    error_message = "The store is public."
  }
}

run "refuses_governance" {
  command = plan
  module {
    source = "./object_store"
  }
  variables {
    name     = "portarium-prod"
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = merge(var.object_store, { lock_mode = "GOVERNANCE" })
  }
  expect_failures = [var.settings]
}

run "refuses_retention_below_the_floor" {
  command = plan
  module {
    source = "./object_store"
  }
  variables {
    name     = "portarium-prod"
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = merge(var.object_store, { retention_days = 2556 })
  }
  expect_failures = [var.settings]
}

run "identities_are_bound" {
  command = plan
  module {
    source = "./identity"
  }
  variables {
    name     = "portarium-prod"
    cluster  = "c"
    issuer   = "https://issuer.example.org"
    bucket   = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/evidence"
    settings = var.identity
  }
  assert {
    condition     = length(azurerm_user_assigned_identity.component) == 6 && toset(keys(azurerm_role_assignment.store)) == toset(["notary", "verify"])
    error_message = "Others than notary and verify reach the evidence."
  }
  assert {
    condition     = alltrue([for role in azurerm_role_definition.store : alltrue([for action in role.permissions[0].data_actions : !endswith(action, "/delete")])])
    error_message = "A component may do more than it must."
  }
}

run "platform_refuses" {
  command = plan
  module {
    source = "./policy"
  }
  variables {
    name     = "portarium-prod"
    account  = "00000000-0000-0000-0000-000000000000"
    key      = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/vault/keys/storage"
    settings = var.policy
  }
  assert {
    condition     = azurerm_storage_account.audit.immutability_policy[0].state == "Locked" && azurerm_storage_account.audit.immutability_policy[0].period_since_creation_in_days == 400
    error_message = "The audit log can be shortened."
  }
  assert {
    condition     = strcontains(azurerm_subscription_policy_assignment.images.parameters, "@sha256:[0-9a-f]{64}$") && azurerm_subscription_policy_assignment.images.enforce
    error_message = "Images pass by tag."
  }
}
