# The bucket: made and locked by the script, which asks the store afterwards whether it is so; removed by it only when nothing in it is locked.
# SPDX-License-Identifier: PostgreSQL

resource "terraform_data" "bucket" {
  input = {
    endpoint  = var.endpoint
    bucket    = var.settings.bucket
    mode      = var.settings.lock_mode
    days      = var.settings.retention_days
    protected = var.settings.deletion_protection
  }
  provisioner "local-exec" {
    command = "${path.module}/bucket ${self.input.endpoint} create ${self.input.bucket} ${self.input.mode} ${self.input.days}"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "${path.module}/bucket ${self.input.endpoint} ${self.input.protected ? "keep" : "remove"} ${self.input.bucket}"
  }
}
