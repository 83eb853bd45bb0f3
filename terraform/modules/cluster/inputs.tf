# What a provider's module of cluster is given beside the contract's settings; each of them has this file.
# SPDX-License-Identifier: PostgreSQL

variable "name" {
  description = "What the names of all resources begin with."
  type        = string
}

variable "region" {
  description = "The provider's region."
  type        = string
}

variable "network" {
  description = "The network, as capability network gives it."
  type        = string
}

variable "subnets" {
  description = "Where its nodes are."
  type        = list(string)
}

variable "key" {
  description = "The key that its secrets are encrypted with."
  type        = string
}
