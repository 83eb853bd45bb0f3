# A key for storage and one for evidence, the same where they need not be separate. A key is gone only after the window of its deletion.
# SPDX-License-Identifier: PostgreSQL

resource "google_kms_key_ring" "this" {
  name     = var.name
  location = var.region
}

resource "google_kms_crypto_key" "this" {
  for_each                   = var.settings.separate_evidence_key ? toset(["storage", "evidence"]) : toset(["storage"])
  name                       = each.value
  key_ring                   = google_kms_key_ring.this.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${var.settings.rotation_days * 86400}s"
  destroy_scheduled_duration = "${var.settings.deletion_window_days * 86400}s"
}
