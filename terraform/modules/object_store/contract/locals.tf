# The shortest retention of each class, in days.
# SPDX-License-Identifier: PostgreSQL

locals {
  floor_days = {
    operational = 365
    financial   = 2557
    permanent   = 36525
  }
}
