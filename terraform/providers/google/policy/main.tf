# What the project itself holds to: images of the allowed registries only, attested where provenance is required; who read or wrote what is in an
# audit log that nobody shortens; a registry's tags do not move.
# SPDX-License-Identifier: PostgreSQL

resource "google_container_analysis_note" "provenance" {
  name = "${var.name}-provenance"
  attestation_authority {
    hint {
      human_readable_name = "The build's provenance was verified."
    }
  }
}

resource "google_binary_authorization_attestor" "provenance" {
  name = "${var.name}-provenance"
  attestation_authority_note {
    note_reference = google_container_analysis_note.provenance.name
  }
}

resource "google_binary_authorization_policy" "this" {
  global_policy_evaluation_mode = "ENABLE"
  dynamic "admission_whitelist_patterns" {
    for_each = var.settings.provenance_required ? [] : var.settings.allowed_registries
    content {
      name_pattern = "${admission_whitelist_patterns.value}/**"
    }
  }
  default_admission_rule {
    evaluation_mode         = var.settings.provenance_required ? "REQUIRE_ATTESTATION" : "ALWAYS_DENY"
    enforcement_mode        = "ENFORCED_BLOCK_AND_AUDIT_LOG"
    require_attestations_by = var.settings.provenance_required ? [google_binary_authorization_attestor.provenance.name] : null
  }
}

resource "google_project_iam_audit_config" "this" {
  project = var.account
  service = "allServices"
  dynamic "audit_log_config" {
    for_each = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    content {
      log_type = audit_log_config.value
    }
  }
}

resource "google_logging_project_bucket_config" "audit" {
  project        = var.account
  location       = var.region
  bucket_id      = "${var.name}-audit"
  retention_days = var.settings.audit_log_days
  locked         = var.environment == "prod"
  cmek_settings {
    kms_key_name = var.key
  }
}

resource "google_logging_project_sink" "audit" {
  name                   = "${var.name}-audit"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.audit.id}"
  filter                 = "logName:\"cloudaudit.googleapis.com\""
  unique_writer_identity = true
}

resource "google_artifact_registry_repository" "this" {
  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  kms_key_name  = var.key
  docker_config {
    immutable_tags = var.settings.images_by_digest
  }
}
