# Where an environment is put; every provider's root has this file.
# SPDX-License-Identifier: PostgreSQL

variable "region" {
  description = "The provider's region."
  type        = string
}

variable "account" {
  description = "The provider's account: of AWS an account, of Google a project, of Azure a subscription."
  type        = string
}
