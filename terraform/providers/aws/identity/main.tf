# A role for each component, taken by the token of its service account alone. Only who writes or reads evidence may do anything with it.
# SPDX-License-Identifier: PostgreSQL

locals {
  issuer = trimprefix(var.issuer, "https://")
  actions = {
    read  = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning"]
    write = ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"]
  }
}

resource "aws_iam_openid_connect_provider" "cluster" {
  url            = var.issuer
  client_id_list = [var.settings.token_audience]
  tags           = { cluster = var.cluster }
}

resource "aws_iam_role" "component" {
  for_each = var.settings.accounts
  name     = each.value
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.cluster.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = { "${local.issuer}:sub" = local.subjects[each.key], "${local.issuer}:aud" = var.settings.token_audience } }
    }]
  })
}

resource "aws_iam_role_policy" "store" {
  for_each = local.store_access
  name     = "evidence"
  role     = aws_iam_role.component[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = each.value == "write" ? concat(local.actions.read, local.actions.write) : local.actions.read
      Resource = ["arn:aws:s3:::${var.bucket}", "arn:aws:s3:::${var.bucket}/*"]
    }]
  })
}
