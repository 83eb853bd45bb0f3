# What a provider's module of kms is given beside the contract's settings; each of them has this file.
# SPDX-License-Identifier: PostgreSQL

variable "name" {
  description = "What the names of all resources begin with."
  type        = string
}

variable "region" {
  description = "The provider's region."
  type        = string
}
