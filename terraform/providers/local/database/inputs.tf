# SPDX-License-Identifier: PostgreSQL

variable "server" {
  description = "The PostgreSQL server: host or directory of its socket, and port."
  type        = object({ host = string, port = number })
}

variable "secrets" {
  description = "The directory with context.key and a portarium_ROLE.password for each login."
  type        = string
}
