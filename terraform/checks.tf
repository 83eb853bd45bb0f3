# What is allowed and yet worth a word at every plan.
# SPDX-License-Identifier: PostgreSQL

check "one_server" {
  assert {
    condition     = var.database.instances > 1
    error_message = "One database server: it is gone for as long as it restarts."
  }
}

check "lock_can_be_lifted" {
  assert {
    condition     = var.object_store.lock_mode == "COMPLIANCE"
    error_message = "GOVERNANCE locks can be lifted by who administers the store; evidence proves less."
  }
}
