# Production at Google Cloud, planned and refused, with the provider's schema and no provider: what must hold reached its resources, and each capability
# refuses by itself what its contract refuses. The settings are environments/prod.tfvars.
# SPDX-License-Identifier: PostgreSQL

mock_provider "google" {}

variables {
  region  = "europe-west3"
  account = "portarium-example"
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
    condition     = google_compute_firewall.nothing_out.destination_ranges == toset(["0.0.0.0/0"]) && google_compute_firewall.listed_out[0].destination_ranges == toset(["203.0.113.30/32"])
    error_message = "The network knows another way out than the listed one."
  }
  assert {
    condition     = google_compute_network.this.delete_default_routes_on_create && google_compute_subnetwork.nodes.private_ip_google_access
    error_message = "The network has a route to everywhere."
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
    condition     = length(google_kms_crypto_key.this) == 2 && alltrue([for key in google_kms_crypto_key.this : key.rotation_period == "7776000s"])
    error_message = "Evidence has no key of its own, or a key is never changed."
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
    settings = var.cluster
  }
  assert {
    condition     = google_container_cluster.this.private_cluster_config[0].enable_private_endpoint && google_container_cluster.this.deletion_protection
    error_message = "The API is public, or the cluster unprotected."
  }
  assert {
    condition     = google_container_cluster.this.database_encryption[0].key_name == var.key && google_container_cluster.this.datapath_provider == "ADVANCED_DATAPATH"
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
    settings = merge(var.database, { kind = "managed" })
  }
  assert {
    condition     = google_sql_database_instance.this[0].deletion_protection && google_sql_database_instance.this[0].encryption_key_name == var.key && !google_sql_database_instance.this[0].settings[0].ip_configuration[0].ipv4_enabled
    error_message = "The server is plain, unprotected or public."
  }
  assert {
    condition     = google_sql_database_instance.this[0].settings[0].availability_type == "REGIONAL" && length(google_sql_database_instance.replica) == 1
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
    settings = var.database
  }
  assert {
    condition     = google_storage_bucket.backups[0].versioning[0].enabled && length(google_sql_database_instance.this) == 0
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
    settings = var.object_store
  }
  assert {
    condition     = google_storage_bucket.this.enable_object_retention && google_storage_bucket.this.versioning[0].enabled && !google_storage_bucket.this.force_destroy
    error_message = "The bucket is not versioned, not lockable, or destroyed with what is in it."
  }
  assert {
    condition     = google_storage_bucket.this.public_access_prevention == "enforced"
    error_message = "The bucket can become public."
  }
  assert {
    condition     = alltrue([for rule in google_storage_bucket.this.lifecycle_rule : one(rule.condition).days_since_noncurrent_time == 3653 if one(rule.action).type == "Delete"])
    error_message = "What is removed goes too early."
  }
}

run "refuses_governance" {
  command = plan
  module {
    source = "./object_store"
  }
  variables {
    name     = "portarium-prod"
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
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
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
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
    bucket   = "portarium-evidence-prod"
    settings = var.identity
  }
  assert {
    condition     = length(google_service_account.component) == 6 && toset(keys(google_storage_bucket_iam_member.store)) == toset(["notary", "verify"])
    error_message = "Others than notary and verify reach the evidence."
  }
  assert {
    condition     = !contains(google_project_iam_custom_role.store["write"].permissions, "storage.objects.delete") && !contains(google_project_iam_custom_role.store["read"].permissions, "storage.objects.create")
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
    account  = "portarium-example"
    key      = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/storage"
    settings = var.policy
  }
  assert {
    condition     = google_logging_project_bucket_config.audit.retention_days == 400 && google_logging_project_bucket_config.audit.locked
    error_message = "The audit log can be shortened."
  }
  assert {
    condition     = google_binary_authorization_policy.this.default_admission_rule[0].evaluation_mode == "REQUIRE_ATTESTATION" && google_artifact_registry_repository.this.docker_config[0].immutable_tags
    error_message = "Images pass without provenance, or a tag can be moved."
  }
}
