# A key for storage and one for evidence, the same where they need not be separate. A key is gone only after the window of its deletion.
# SPDX-License-Identifier: PostgreSQL

resource "aws_kms_key" "this" {
  for_each                = var.settings.separate_evidence_key ? toset(["storage", "evidence"]) : toset(["storage"])
  description             = "${var.name} ${each.value}"
  enable_key_rotation     = true
  rotation_period_in_days = var.settings.rotation_days
  deletion_window_in_days = var.settings.deletion_window_days
  lifecycle {
    precondition {
      condition     = var.settings.rotation_days >= 90
      error_message = "rotation_days must be 90 or more at AWS."
    }
    precondition {
      condition     = var.settings.deletion_window_days >= 7 && var.settings.deletion_window_days <= 30
      error_message = "deletion_window_days must be from 7 to 30 at AWS."
    }
  }
}

resource "aws_kms_alias" "this" {
  for_each      = aws_kms_key.this
  name          = "alias/${var.name}-${each.key}"
  target_key_id = each.value.key_id
}
