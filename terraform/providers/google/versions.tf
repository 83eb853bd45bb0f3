# The state's bucket encrypts and locks by itself; where it is, "terraform init -backend-config" says.
# SPDX-License-Identifier: PostgreSQL

terraform {
  required_version = ">= 1.10.0"
  backend "gcs" {}
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
}

provider "google" {
  project        = var.account
  region         = var.region
  default_labels = { portarium = var.environment }
}
