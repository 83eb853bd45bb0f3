# What the account itself holds to: every call is in an audit log that nobody shortens, volumes are encrypted, no bucket becomes public, a
# registry's tags do not move. AWS has no admission of its own: the contract's manifests (output admission) are the cluster's.
# SPDX-License-Identifier: PostgreSQL

locals {
  log_bucket = "${var.name}-audit"
  trail      = "arn:aws:cloudtrail:${var.region}:${var.account}:trail/${var.name}"
}

resource "aws_s3_bucket" "audit" {
  bucket              = local.log_bucket
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    default_retention {
      mode = var.environment == "prod" ? "COMPLIANCE" : "GOVERNANCE"
      days = var.settings.audit_log_days
    }
  }
}

resource "aws_s3_bucket_public_access_block" "audit" {
  bucket                  = aws_s3_bucket.audit.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "audit" {
  bucket = aws_s3_bucket.audit.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = "arn:aws:s3:::${local.log_bucket}"
        Condition = { StringEquals = { "aws:SourceArn" = local.trail } }
      },
      {
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "arn:aws:s3:::${local.log_bucket}/AWSLogs/${var.account}/*"
        Condition = { StringEquals = { "aws:SourceArn" = local.trail, "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
    ]
  })
}

resource "aws_cloudtrail" "this" {
  name                          = var.name
  s3_bucket_name                = aws_s3_bucket.audit.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  depends_on                    = [aws_s3_bucket_policy.audit]
}

resource "aws_s3_account_public_access_block" "this" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_ebs_encryption_by_default" "this" {
  enabled = true
}

resource "aws_ecr_repository" "this" {
  for_each             = toset(["sidecar", "notary", "relay", "executor", "gateway", "verify", "setup", "operand"])
  name                 = "portarium/${each.value}"
  image_tag_mutability = var.settings.images_by_digest ? "IMMUTABLE" : "MUTABLE"
  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key
  }
}
