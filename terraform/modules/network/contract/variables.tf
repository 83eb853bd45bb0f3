# The network that everything is in: private, with a way out for the egress proxy alone.
# SPDX-License-Identifier: PostgreSQL

variable "environment" {
  description = "Which environment this is: dev, staging or prod."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment must be dev, staging or prod."
  }
}

variable "settings" {
  description = "The network that everything is in: private, with a way out for the egress proxy alone."
  nullable    = false
  type = object({
    cidr             = string
    public_endpoints = bool
    egress_cidrs     = list(string)
    egress_ports     = list(number)
  })
  validation {
    condition     = can(cidrhost(var.settings.cidr, 0)) ? tonumber(split("/", var.settings.cidr)[1]) <= 22 : false
    error_message = "cidr must be an IPv4 network of at least a /22."
  }
  validation {
    condition     = var.environment == "dev" || !var.settings.public_endpoints
    error_message = "public_endpoints must be false outside of dev: the database and the cluster are reached from inside only."
  }
  validation {
    condition     = length(setintersection(var.settings.egress_cidrs, ["0.0.0.0/0", "::/0"])) == 0
    error_message = "egress_cidrs must not hold the whole internet: list the networks of the systems that are acted on."
  }
  validation {
    condition     = alltrue([for cidr in var.settings.egress_cidrs : can(cidrhost(cidr, 0))])
    error_message = "egress_cidrs must be networks."
  }
  validation {
    condition     = length(var.settings.egress_ports) > 0 && alltrue([for port in var.settings.egress_ports : port > 0 && port < 65536])
    error_message = "egress_ports must be a list of ports."
  }
}
