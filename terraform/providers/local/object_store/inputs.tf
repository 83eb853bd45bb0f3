# SPDX-License-Identifier: PostgreSQL

variable "endpoint" {
  description = "Where the object store answers."
  type        = string
}
