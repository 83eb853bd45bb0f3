# A managed PostgreSQL 15 where kind is managed; where it is cnpg, the charts make the cluster, and its backups have a bucket here.
# SPDX-License-Identifier: PostgreSQL

locals {
  managed = var.settings.kind == "managed" ? 1 : 0
  cnpg    = var.settings.kind == "cnpg" ? 1 : 0
}

resource "google_service_networking_connection" "this" {
  count                   = local.managed
  network                 = var.network
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = var.subnets
}

resource "google_sql_database_instance" "this" {
  count               = local.managed
  name                = var.name
  region              = var.region
  database_version    = "POSTGRES_15"
  encryption_key_name = var.settings.encrypted ? var.key : null
  deletion_protection = var.settings.deletion_protection
  settings {
    tier                        = "db-custom-2-8192"
    edition                     = "ENTERPRISE"
    availability_type           = var.settings.instances > 1 ? "REGIONAL" : "ZONAL"
    disk_size                   = var.settings.storage_gb
    deletion_protection_enabled = var.settings.deletion_protection
    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "ENCRYPTED_ONLY"
    }
    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = min(var.settings.backup_days, 7)
      backup_retention_settings {
        retained_backups = var.settings.backup_days
        retention_unit   = "COUNT"
      }
    }
  }
  depends_on = [google_service_networking_connection.this]
}

# The second server is the standby of REGIONAL; more of them are replicas that can be read and promoted.
resource "google_sql_database_instance" "replica" {
  count                = local.managed * max(var.settings.instances - 2, 0)
  name                 = "${var.name}-replica-${count.index}"
  region               = var.region
  database_version     = "POSTGRES_15"
  master_instance_name = google_sql_database_instance.this[0].name
  encryption_key_name  = var.settings.encrypted ? var.key : null
  deletion_protection  = var.settings.deletion_protection
  settings {
    tier    = "db-custom-2-8192"
    edition = "ENTERPRISE"
    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "ENCRYPTED_ONLY"
    }
  }
}

resource "google_storage_bucket" "backups" {
  count                       = local.cnpg
  name                        = "${var.name}-backups"
  location                    = var.region
  force_destroy               = !var.settings.deletion_protection
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true
  encryption {
    default_kms_key_name = var.key
  }
  # What is removed, by the operator or by mistake, can be brought back for as long as backups are kept.
  versioning {
    enabled = true
  }
  lifecycle_rule {
    condition {
      days_since_noncurrent_time = var.settings.backup_days
    }
    action {
      type = "Delete"
    }
  }
}
