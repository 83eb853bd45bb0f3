# Which service account each component is, and what it may do in the store of evidence.
# SPDX-License-Identifier: PostgreSQL

locals {
  namespaces = {
    sidecar  = "portarium-control"
    notary   = "portarium-control"
    relay    = "portarium-control"
    executor = "portarium-execution"
    egress   = "portarium-egress"
    verify   = "portarium-verify"
  }
  subjects = {
    for component, account in var.settings.accounts :
    component => "system:serviceaccount:${lookup(local.namespaces, component, "")}:${account}"
  }
  store_access = { notary = "write", verify = "read" }
}
