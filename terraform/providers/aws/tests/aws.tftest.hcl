# Production at AWS, planned and refused, with the provider's schema and no provider: what must hold reached its resources, and each capability
# refuses by itself what its contract refuses. The settings are environments/prod.tfvars.
# SPDX-License-Identifier: PostgreSQL

mock_provider "aws" {
  mock_resource "aws_eks_cluster" {
    defaults = {
      identity = [{ oidc = [{ issuer = "https://oidc.example.org/id/1" }] }]
    }
  }
}

variables {
  region  = "eu-central-1"
  account = "123456789012"
}

run "production_is_applied" {
  assert {
    condition     = output.environment.object_store.lock_mode == "COMPLIANCE" && output.environment.database.address == null
    error_message = "The outputs are not those of production."
  }
  assert {
    condition     = length(output.environment.identity.identities) == 6
    error_message = "The components do not have an identity each."
  }
}

run "refuses_unencrypted_state" {
  command = plan
  variables {
    state = { kind = "remote", encrypted = false, locked = true }
  }
  expect_failures = [var.state]
}

run "network_has_one_way_out" {
  command = plan
  module {
    source = "./network"
  }
  variables {
    name     = "portarium-prod"
    settings = var.network
  }
  assert {
    condition     = length(aws_route.to_nat) == 1 && alltrue([for route in aws_route.to_nat : route.destination_cidr_block == "203.0.113.30/32"])
    error_message = "The private subnets know another way out than the listed network."
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.private : !subnet.map_public_ip_on_launch])
    error_message = "A private subnet gives public addresses."
  }
}

run "refuses_a_public_endpoint" {
  command = plan
  module {
    source = "./network"
  }
  variables {
    name     = "portarium-prod"
    settings = merge(var.network, { public_endpoints = true })
  }
  expect_failures = [var.settings]
}

run "refuses_open_egress" {
  command = plan
  module {
    source = "./network"
  }
  variables {
    name     = "portarium-prod"
    settings = merge(var.network, { egress_cidrs = ["0.0.0.0/0"] })
  }
  expect_failures = [var.settings]
}

run "keys_are_separate_and_change" {
  command = plan
  module {
    source = "./kms"
  }
  variables {
    name     = "portarium-prod"
    settings = var.kms
  }
  assert {
    condition     = length(aws_kms_key.this) == 2 && alltrue([for key in aws_kms_key.this : key.enable_key_rotation])
    error_message = "Evidence has no key of its own, or a key is never changed."
  }
}

run "cluster_is_private" {
  command = plan
  module {
    source = "./cluster"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = var.cluster
  }
  assert {
    condition     = !aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.deletion_protection
    error_message = "The API is public, or the cluster unprotected."
  }
  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.key
    error_message = "Its secrets are not encrypted with our key."
  }
}

run "refuses_an_open_api" {
  command = plan
  module {
    source = "./cluster"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = merge(var.cluster, { api_cidrs = ["0.0.0.0/0"] })
  }
  expect_failures = [var.settings]
}

run "managed_server_is_protected" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = merge(var.database, { kind = "managed" })
  }
  assert {
    condition     = aws_db_instance.this[0].storage_encrypted && aws_db_instance.this[0].deletion_protection && !aws_db_instance.this[0].publicly_accessible
    error_message = "The server is plain, unprotected or public."
  }
  assert {
    condition     = aws_db_instance.this[0].multi_az && length(aws_db_instance.replica) == 1
    error_message = "Three servers were asked for."
  }
}

run "backups_of_the_charts_cluster_are_kept" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = var.database
  }
  assert {
    condition     = aws_s3_bucket_versioning.backups[0].versioning_configuration[0].status == "Enabled" && length(aws_db_instance.this) == 0
    error_message = "The backups are not versioned, or a server is made beside the charts."
  }
}

run "refuses_missing_deletion_protection" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = merge(var.database, { deletion_protection = false })
  }
  expect_failures = [var.settings]
}

run "refuses_a_plain_database" {
  command = plan
  module {
    source = "./database"
  }
  variables {
    name     = "portarium-prod"
    network  = "net"
    subnets  = ["a", "b", "c"]
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = merge(var.database, { encrypted = false })
  }
  expect_failures = [var.settings]
}

run "evidence_is_locked" {
  command = plan
  module {
    source = "./object_store"
  }
  variables {
    name     = "portarium-prod"
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = var.object_store
  }
  assert {
    condition     = aws_s3_bucket_object_lock_configuration.this.rule[0].default_retention[0].mode == "COMPLIANCE" && aws_s3_bucket_object_lock_configuration.this.rule[0].default_retention[0].days == 3653
    error_message = "The lock did not reach the bucket."
  }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled" && aws_s3_bucket.this.object_lock_enabled && !aws_s3_bucket.this.force_destroy
    error_message = "The bucket is not versioned, not lockable, or destroyed with what is in it."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "The bucket can become public."
  }
  assert {
    condition     = anytrue([for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement.Effect == "Deny" && statement.Action == "s3:BypassGovernanceRetention"])
    error_message = "Somebody may lift a lock."
  }
}

run "refuses_governance" {
  command = plan
  module {
    source = "./object_store"
  }
  variables {
    name     = "portarium-prod"
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = merge(var.object_store, { lock_mode = "GOVERNANCE" })
  }
  expect_failures = [var.settings]
}

run "refuses_retention_below_the_floor" {
  command = plan
  module {
    source = "./object_store"
  }
  variables {
    name     = "portarium-prod"
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = merge(var.object_store, { retention_days = 2556 })
  }
  expect_failures = [var.settings]
}

run "identities_are_bound" {
  command = plan
  override_resource {
    target          = aws_iam_openid_connect_provider.cluster
    override_during = plan
    values = {
      arn = "arn:aws:iam::123456789012:oidc-provider/issuer.example.org"
    }
  }
  module {
    source = "./identity"
  }
  variables {
    name     = "portarium-prod"
    cluster  = "c"
    issuer   = "https://issuer.example.org"
    bucket   = "portarium-evidence-prod"
    settings = var.identity
  }
  assert {
    condition     = length(aws_iam_role.component) == 6 && toset(keys(aws_iam_role_policy.store)) == toset(["notary", "verify"])
    error_message = "Others than notary and verify reach the evidence."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.store["notary"].policy, "Delete") && !strcontains(aws_iam_role_policy.store["verify"].policy, "Put")
    error_message = "A component may do more than it must."
  }
  assert {
    condition     = strcontains(aws_iam_role.component["executor"].assume_role_policy, "system:serviceaccount:portarium-execution:portarium-prod-executor")
    error_message = "A role is taken by another account."
  }
}

run "platform_refuses" {
  command = plan
  module {
    source = "./policy"
  }
  variables {
    name     = "portarium-prod"
    account  = "123456789012"
    key      = "arn:aws:kms:eu-central-1:123456789012:key/storage"
    settings = var.policy
  }
  assert {
    condition     = aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].days == 400 && aws_cloudtrail.this.enable_log_file_validation
    error_message = "The audit log can be shortened."
  }
  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE"])
    error_message = "A tag can be moved."
  }
}
