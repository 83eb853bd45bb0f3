#!/usr/bin/env bash
# A tenant's own workers over HTTP, in both flavours: the sidecar, the extension, and the examples in Python and shell.
#
#   test/integration/worker/run.sh [managed|native]
#
# Order: for each flavour a throwaway cluster, then suite.py, which starts the sidecar and the workers and runs every check. The sidecar
# and the extension must be built and installed. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 2
. test/tally.sh

mkdir -p build/test
tally_open
for flavour in ${1:-managed native}; do
    options=
    [ "$flavour" = managed ] || options='-c shared_preload_libraries=portarium'
    output=build/test/worker-$flavour.log
    test/cluster.sh run -o "$options" -l "build/test/worker-$flavour-server.log" -- python3 test/integration/worker/suite.py "$flavour" 2>&1 | tee "$output"
    tally_add "$flavour" "$output" "${PIPESTATUS[0]}"
done
tally_close
