#!/usr/bin/env bash
# The HTTP API against a real server: portarium-sidecar, the extension, raw sockets.
#
# Order: a throwaway cluster with the extension, then suite.py, which starts the sidecar and runs every check. The
# sidecar and the extension must be built and installed. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 2

mkdir -p build/test
exec test/cluster.sh run -l build/test/http-server.log -- python3 test/integration/http/suite.py
