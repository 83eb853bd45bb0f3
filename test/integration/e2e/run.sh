#!/usr/bin/env bash
# End to end: a stack of its own, the demo, what SQL and HTTP say afterwards, then kill -9 of everything while runs go on.
#
# Needs what ./portarium up needs, and installs it. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
launcher=$root/portarium
work=$(mktemp -d /tmp/portarium-e2e.XXXXXX)
chmod 0711 "$work"
export PORTARIUM_STATE=$work/state

# shellcheck source=test/integration/e2e/lib.sh
. "$here/lib.sh"
# shellcheck source=test/integration/e2e/stack.sh
. "$here/stack.sh"
# shellcheck source=test/integration/e2e/runs.sh
. "$here/runs.sh"
# shellcheck source=test/integration/e2e/ledger.sh
. "$here/ledger.sh"
# shellcheck source=test/integration/e2e/payloads.sh
. "$here/payloads.sh"
# shellcheck source=test/integration/e2e/evidence.sh
. "$here/evidence.sh"
# shellcheck source=test/integration/e2e/kill.sh
. "$here/kill.sh"

# Whatever happened, nothing is left running.
cleanup()
{
    "$launcher" destroy >/dev/null 2>&1
    rm -rf "$work"
}
trap cleanup EXIT

check 'up builds and starts the stack' "$launcher" -y up
if [ -f "$PORTARIUM_STATE/addresses" ]; then
    read_stack
    test_stack
    test_demo
    test_runs
    test_ledger
    test_payloads
    test_evidence
    test_kills
    test_way_out
    test_adapter
    test_restart
fi
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
