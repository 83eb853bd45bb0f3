# What is made on servers that are there already. Who may do it is told by the surroundings, so that no secret gets into the state: PGUSER, PGPASSWORD
# and their like for the database, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the store.
# SPDX-License-Identifier: PostgreSQL

variable "environment" {
  description = "Which environment this is: dev, staging or prod."
  type        = string
}

variable "server" {
  description = "The PostgreSQL server: host or directory of its socket, and port."
  type        = object({ host = string, port = number })
}

variable "secrets" {
  description = "The directory with context.key and a portarium_ROLE.password for each login, as docker/setup/secrets makes them."
  type        = string
}

variable "endpoint" {
  description = "Where the object store answers."
  type        = string
}

variable "database" {
  description = "Settings of the capability database."
  type = object({
    kind                = string
    instances           = number
    storage_gb          = number
    deletion_protection = bool
    encrypted           = bool
    backup_days         = number
    tls                 = string
  })
}

variable "object_store" {
  description = "Settings of the capability object_store."
  type = object({
    bucket              = string
    versioned           = bool
    lock_mode           = string
    retention_class     = string
    retention_days      = number
    public              = bool
    encrypted           = bool
    deletion_protection = bool
  })
}
