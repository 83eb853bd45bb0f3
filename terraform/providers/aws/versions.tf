# The state is encrypted and locked; where it is, "terraform init -backend-config" says.
# SPDX-License-Identifier: PostgreSQL

terraform {
  required_version = ">= 1.10.0"
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account]
  default_tags {
    tags = { portarium = var.environment }
  }
}
