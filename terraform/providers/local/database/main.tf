# The database: made by the script, which finds what is there already; removed by it, unless it is protected.
# SPDX-License-Identifier: PostgreSQL

resource "terraform_data" "database" {
  input = {
    host      = var.server.host
    port      = var.server.port
    secrets   = abspath(var.secrets)
    protected = var.settings.deletion_protection
  }
  provisioner "local-exec" {
    command     = "${path.module}/database create"
    environment = { PGHOST = self.input.host, PGPORT = self.input.port, PORTARIUM_SECRETS = self.input.secrets }
  }
  provisioner "local-exec" {
    when        = destroy
    command     = "${path.module}/database ${self.input.protected ? "keep" : "remove"}"
    environment = { PGHOST = self.input.host, PGPORT = self.input.port, PORTARIUM_SECRETS = self.input.secrets }
  }
}
