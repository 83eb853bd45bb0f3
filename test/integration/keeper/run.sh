#!/usr/bin/env bash
# Payloads with the real keeper, its keys and a directory as its store, in both flavours: put, stored, read, held, forgotten, destroyed;
# and what is seen of a key, an object or a database that was put back. (A bucket as its store: evidence_store.)
#
#   test/integration/keeper/run.sh [managed|native]
#
# Needs the extension installed and the daemons built (make test-integration does both). Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
own=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$own/../../.." && pwd)
here=$root/test/integration/evidence

# shellcheck source=test/integration/evidence/lib.sh
. "$here/lib.sh"
# shellcheck source=test/integration/evidence/timeline.sh
. "$here/timeline.sh"
# shellcheck source=test/integration/keeper/keeper.sh
. "$own/keeper.sh"
# shellcheck source=test/integration/keeper/rekey.sh
. "$own/rekey.sh"
# shellcheck source=test/integration/keeper/inspection.sh
. "$own/inspection.sh"

# One flavour in the cluster that PGHOST names; leaves its counts in the file $2.
inside()
{
    flavour=$1
    options=
    [ "$flavour" = managed ] || options='-c shared_preload_libraries=portarium'
    work=$(mktemp -d)
    trap 'stop_jobs; rm -rf "$work"' EXIT
    test_settings
    test_kept
    test_crash
    test_forgotten
    test_destroyed
    test_put_back
    test_base_backup
    test_home
    test_serving
    test_sampled
    test_resumed
    test_rekey
    printf '%s %s\n' "$passed" "$failed" >"$2"
}

if [ "${1:-}" = --inside ]; then
    inside "$2" "$3"
    exit
fi
counts=$(mktemp)
for flavour in ${1:-managed native}; do
    options=
    [ "$flavour" = managed ] || options='-c shared_preload_libraries=portarium'
    : >"$counts"
    "$root/test/cluster.sh" run -o "$options" -- bash "$own/run.sh" --inside "$flavour" "$counts"
    if read -r ok bad <"$counts"; then
        passed=$((passed + ok)) failed=$((failed + bad))
    else
        printf 'FAILED   %s: the suite did not come to its end\n' "$flavour"
        failed=$((failed + 1))
    fi
done
rm -f "$counts"
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
