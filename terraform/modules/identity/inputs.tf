# What a provider's module of identity is given beside the contract's settings; each of them has this file.
# SPDX-License-Identifier: PostgreSQL

variable "name" {
  description = "What the names of all resources begin with."
  type        = string
}

variable "region" {
  description = "The provider's region."
  type        = string
}

variable "cluster" {
  description = "The cluster whose service accounts these identities are, as capability cluster gives it."
  type        = string
}

variable "issuer" {
  description = "Who signs the tokens of its service accounts."
  type        = string
}

variable "bucket" {
  description = "The bucket of evidence, as capability object_store gives it."
  type        = string
}
