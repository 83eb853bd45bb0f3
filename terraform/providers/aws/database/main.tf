# A managed PostgreSQL 15 where kind is managed; where it is cnpg, the charts make the cluster, and its backups have a bucket here.
# SPDX-License-Identifier: PostgreSQL

locals {
  managed = var.settings.kind == "managed" ? 1 : 0
  cnpg    = var.settings.kind == "cnpg" ? 1 : 0
}

resource "aws_db_subnet_group" "this" {
  count      = local.managed
  name       = var.name
  subnet_ids = var.subnets
}

resource "aws_db_parameter_group" "this" {
  count  = local.managed
  name   = var.name
  family = "postgres15"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}

resource "aws_security_group" "this" {
  count  = local.managed
  name   = "${var.name}-database"
  vpc_id = var.network
}

resource "aws_db_instance" "this" {
  count                         = local.managed
  identifier                    = var.name
  engine                        = "postgres"
  engine_version                = "15"
  instance_class                = "db.m7g.large"
  allocated_storage             = var.settings.storage_gb
  db_name                       = "portarium"
  username                      = "portarium_migrate"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.key
  db_subnet_group_name          = aws_db_subnet_group.this[0].name
  parameter_group_name          = aws_db_parameter_group.this[0].name
  vpc_security_group_ids        = [aws_security_group.this[0].id]
  publicly_accessible           = false
  multi_az                      = var.settings.instances > 1
  storage_encrypted             = var.settings.encrypted
  kms_key_id                    = var.key
  backup_retention_period       = var.settings.backup_days
  copy_tags_to_snapshot         = true
  deletion_protection           = var.settings.deletion_protection
  skip_final_snapshot           = !var.settings.deletion_protection
  final_snapshot_identifier     = "${var.name}-last"
  lifecycle {
    precondition {
      condition     = var.settings.backup_days <= 35
      error_message = "backup_days must be 35 or less at AWS."
    }
  }
}

# The second server is the standby of multi_az; more of them are replicas that can be read and promoted.
resource "aws_db_instance" "replica" {
  count               = local.managed * max(var.settings.instances - 2, 0)
  identifier          = "${var.name}-replica-${count.index}"
  replicate_source_db = aws_db_instance.this[0].identifier
  instance_class      = "db.m7g.large"
  publicly_accessible = false
  storage_encrypted   = var.settings.encrypted
  deletion_protection = var.settings.deletion_protection
  skip_final_snapshot = true
}

resource "aws_s3_bucket" "backups" {
  count         = local.cnpg
  bucket        = "${var.name}-backups"
  force_destroy = !var.settings.deletion_protection
}

resource "aws_s3_bucket_public_access_block" "backups" {
  count                   = local.cnpg
  bucket                  = aws_s3_bucket.backups[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backups" {
  count  = local.cnpg
  bucket = aws_s3_bucket.backups[0].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key
    }
  }
}

# What is removed, by the operator or by mistake, can be brought back for as long as backups are kept.
resource "aws_s3_bucket_versioning" "backups" {
  count  = local.cnpg
  bucket = aws_s3_bucket.backups[0].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  count  = local.cnpg
  bucket = aws_s3_bucket.backups[0].id
  rule {
    id     = "removed"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.settings.backup_days
    }
  }
}
