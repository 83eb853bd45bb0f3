#!/usr/bin/env bash
# The sandbox of programs among the integration suites: what `make escape` runs.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../../.."
make -s -C test/escape
exec bash test/escape/run.sh
