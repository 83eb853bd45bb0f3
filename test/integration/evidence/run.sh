#!/usr/bin/env bash
# Evidence from the append to the auditor: the real notary and the real verifier against a real server, in both flavours.
#
#   test/integration/evidence/run.sh [managed|native [part]]     part: tiles, timeline, …, one of the files here
#
# Needs the extension installed and the daemons built (make test-integration does both); builds a notary of its own
# that can be made to die between two steps. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)

# shellcheck source=test/integration/evidence/lib.sh
. "$here/lib.sh"
# shellcheck source=test/integration/evidence/bundle.sh
. "$here/bundle.sh"
# shellcheck source=test/integration/evidence/notary.sh
. "$here/notary.sh"
# shellcheck source=test/integration/evidence/stamp.sh
. "$here/stamp.sh"
# shellcheck source=test/integration/evidence/audit.sh
. "$here/audit.sh"
# shellcheck source=test/integration/evidence/watch.sh
. "$here/watch.sh"
# shellcheck source=test/integration/evidence/tiles.sh
. "$here/tiles.sh"
# shellcheck source=test/integration/evidence/witness.sh
. "$here/witness.sh"
# shellcheck source=test/integration/evidence/timeline.sh
. "$here/timeline.sh"
# shellcheck source=test/integration/evidence/recovery.sh
. "$here/recovery.sh"
# shellcheck source=test/integration/evidence/fork.sh
. "$here/fork.sh"
# shellcheck source=test/integration/evidence/crash.sh
. "$here/crash.sh"
# shellcheck source=test/integration/evidence/superuser.sh
. "$here/superuser.sh"
# shellcheck source=test/integration/evidence/records.sh
. "$here/records.sh"
# shellcheck source=test/integration/evidence/load.sh
. "$here/load.sh"
# shellcheck source=test/integration/evidence/kills.sh
. "$here/kills.sh"
# shellcheck source=test/integration/evidence/restore.sh
. "$here/restore.sh"

use_flavour()
{
    flavour=$1
    options=
    [ "$flavour" = managed ] || options='-c shared_preload_libraries=portarium'
    work=$(mktemp -d)
    trap 'stop_jobs; rm -rf "$work"' EXIT
}

# One flavour in the cluster that PGHOST names; leaves its counts in the file $2. $3: only this part.
run_flavour()
{
    local part
    use_flavour "$1"
    for part in ${3:-bundle notary stamp audit watch tiles witness timeline recovery fork crash superuser records load kills restore}; do
        "test_$part"
    done
    printf '%s %s %s\n' "$passed" "$failed" "$skipped" >"$2"
}

case ${1:-} in
    --inside)
        run_flavour "$2" "$3" "${4:-}"
        exit
        ;;
    --restored)
        use_flavour "$2"
        test_restored "$3"
        printf '%s %s\n' "$passed" "$failed" >"$3/counts"
        exit
        ;;
esac

faults=$root/build/faults
if ! CPPFLAGS=-DNOTARY_FAULTS make -s -C "$root/workers" BUILD="$faults" "$faults/portarium-notary" >/dev/null; then
    printf 'FAILED   the notary with fault points cannot be built\n0 passed, 1 failed, 0 skipped\n'
    exit 1
fi
counts=$(mktemp -d)
for flavour in ${1:-managed native}; do
    options=
    [ "$flavour" = managed ] || options='-c shared_preload_libraries=portarium'
    "$root/test/cluster.sh" run -o "$options" -- bash "$here/run.sh" --inside "$flavour" "$counts/$flavour" "${2:-}"
    if [ -s "$counts/$flavour" ]; then
        read -r ok bad not <"$counts/$flavour"
        passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + not))
    else
        printf 'FAILED   %s: the suite did not come to its end\n' "$flavour"
        failed=$((failed + 1))
    fi
done
rm -rf "$counts"
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
