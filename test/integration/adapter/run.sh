#!/usr/bin/env bash
# Contracts of adapters against a real server, a real system of record and the executor's own attempts.
#
# Order: a throwaway cluster with the extension, then suite.py, which starts the sidecar and the ledger and runs every check. The
# daemons and the extension must be built and installed. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 2

mkdir -p build/test
exec test/cluster.sh run -o '-c shared_preload_libraries=portarium' -l build/test/adapter-server.log -- python3 test/integration/adapter/suite.py
