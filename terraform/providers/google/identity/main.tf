# A service account for each component, taken by the token of its Kubernetes service account alone. Only who writes or reads evidence may do
# anything with it; none may lift a lock.
# SPDX-License-Identifier: PostgreSQL

locals {
  roles = {
    read  = ["storage.objects.get", "storage.objects.list", "storage.buckets.get"]
    write = ["storage.objects.create", "storage.objects.setRetention"]
  }
}

# The tokens of the cluster are trusted for one audience, in a pool of its own.
resource "google_iam_workload_identity_pool" "this" {
  workload_identity_pool_id = var.name
  description               = var.cluster
}

resource "google_iam_workload_identity_pool_provider" "this" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.this.workload_identity_pool_id
  workload_identity_pool_provider_id = "cluster"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  oidc {
    issuer_uri        = var.issuer
    allowed_audiences = [var.settings.token_audience]
  }
}

resource "google_service_account" "component" {
  for_each   = var.settings.accounts
  account_id = each.value
}

resource "google_service_account_iam_member" "component" {
  for_each           = var.settings.accounts
  service_account_id = google_service_account.component[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.this.name}/subject/${local.subjects[each.key]}"
}

resource "google_project_iam_custom_role" "store" {
  for_each    = local.roles
  role_id     = "${replace(var.name, "-", "_")}_evidence_${each.key}"
  title       = "Portarium: ${each.key} evidence"
  permissions = each.key == "write" ? concat(local.roles.read, each.value) : each.value
}

resource "google_storage_bucket_iam_member" "store" {
  for_each = local.store_access
  bucket   = var.bucket
  role     = google_project_iam_custom_role.store[each.value].name
  member   = google_service_account.component[each.key].member
}
