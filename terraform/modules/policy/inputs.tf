# What a provider's module of policy is given beside the contract's settings; each of them has this file.
# SPDX-License-Identifier: PostgreSQL

variable "name" {
  description = "What the names of all resources begin with."
  type        = string
}

variable "region" {
  description = "The provider's region."
  type        = string
}

variable "account" {
  description = "The provider's account: of AWS an account, of Google a project, of Azure a subscription."
  type        = string
}

variable "key" {
  description = "The key that the audit log is encrypted with."
  type        = string
}
