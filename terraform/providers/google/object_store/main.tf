# The bucket of evidence: versioned, its objects locked one by one, encrypted with a key of its own, closed to the public. Google does not join
# versions with a default retention of the bucket, so the lock is what the notary sets on each object; the mode COMPLIANCE is called Locked
# there, GOVERNANCE Unlocked. What was removed stays recoverable, what is old moves to cheaper storage, what lost its lock goes.
# SPDX-License-Identifier: PostgreSQL

resource "google_storage_bucket" "this" {
  name                        = var.settings.bucket
  location                    = var.region
  force_destroy               = !var.settings.deletion_protection
  enable_object_retention     = true
  public_access_prevention    = var.settings.public ? "inherited" : "enforced"
  uniform_bucket_level_access = true
  versioning {
    enabled = var.settings.versioned
  }
  encryption {
    default_kms_key_name = var.key
  }
  soft_delete_policy {
    retention_duration_seconds = 90 * 86400
  }
  lifecycle_rule {
    condition {
      age = 90
    }
    action {
      type          = "SetStorageClass"
      storage_class = "COLDLINE"
    }
  }
  lifecycle_rule {
    condition {
      days_since_noncurrent_time = var.settings.retention_days
    }
    action {
      type = "Delete"
    }
  }
  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }
}
