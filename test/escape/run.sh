#!/usr/bin/env bash
# make escape: the ways out of the sandbox, and the limits over whole programs. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
. test/tally.sh

mkdir -p build/test
tally_open
for part in 'python3 test/escape/run.py' 'bash test/escape/cgroup.sh'; do
    output=build/test/escape.log
    $part </dev/null 2>&1 | tee "$output"
    tally_add escape "$output" "${PIPESTATUS[0]}"
done
tally_close
