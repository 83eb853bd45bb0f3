# GKE: private nodes and a private API that answers the listed networks, policies enforced by its data plane, secrets encrypted with a key of
# ours, pods identified by their service accounts, nodes with an account that may log and pull and no more.
# SPDX-License-Identifier: PostgreSQL

locals {
  node_roles = toset(["roles/logging.logWriter", "roles/monitoring.metricWriter", "roles/artifactregistry.reader"])
}

resource "google_service_account" "node" {
  account_id = "${var.name}-node"
}

resource "google_project_iam_member" "node" {
  for_each = local.node_roles
  project  = google_service_account.node.project
  role     = each.value
  member   = google_service_account.node.member
}

resource "google_container_cluster" "this" {
  name                     = var.name
  location                 = var.region
  min_master_version       = var.settings.version
  network                  = var.network
  subnetwork               = var.subnets[0]
  remove_default_node_pool = true
  initial_node_count       = 1
  deletion_protection      = var.environment == "prod"
  datapath_provider        = var.settings.network_policy ? "ADVANCED_DATAPATH" : "LEGACY_DATAPATH"
  database_encryption {
    state    = var.settings.secrets_encrypted ? "ENCRYPTED" : "DECRYPTED"
    key_name = var.key
  }
  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = true
  }
  master_authorized_networks_config {
    dynamic "cidr_blocks" {
      for_each = var.settings.api_cidrs
      content {
        cidr_block = cidr_blocks.value
      }
    }
  }
  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }
  workload_identity_config {
    workload_pool = "${google_service_account.node.project}.svc.id.goog"
  }
  binary_authorization {
    evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE"
  }
}

resource "google_container_node_pool" "this" {
  name     = "${var.name}-nodes"
  cluster  = google_container_cluster.this.id
  location = var.region
  autoscaling {
    total_min_node_count = var.settings.nodes.min
    total_max_node_count = var.settings.nodes.max
    location_policy      = "BALANCED"
  }
  node_config {
    service_account   = google_service_account.node.email
    oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
    boot_disk_kms_key = var.key
    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }
}
