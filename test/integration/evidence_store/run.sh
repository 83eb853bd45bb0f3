#!/usr/bin/env bash
# The notary's store as a locked bucket: a real object store (Ceph's gateway), read and attacked through boto3, which shares no
# code with us.
#
# Needs the extension installed and the daemons built (make test-integration does both); installs the object store when it is
# missing. Ends with: N passed, N failed, N skipped
#
# shellcheck disable=SC2034,SC2154  # variables that the sourced files share
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
own=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$own/../../.." && pwd)
here=$root/test/integration/evidence
flavour=native

# shellcheck source=test/integration/evidence/lib.sh
. "$here/lib.sh"
# shellcheck source=test/integration/evidence/crash.sh
. "$here/crash.sh"
# shellcheck source=test/integration/evidence_store/bucket.sh
. "$own/bucket.sh"

# shellcheck source=test/integration/keeper/keeper.sh
. "$root/test/integration/keeper/keeper.sh"
# shellcheck source=test/integration/evidence_store/payload.sh
. "$own/payload.sh"

# In the cluster that PGHOST names; leaves its counts in the file $1. $2: only this part.
inside()
{
    work=$(mktemp -d)
    trap 'stop_jobs; bash "$own/rgw.sh" stop "$work/rgw"; rm -rf "$work"' EXIT
    if ! endpoint=$(bash "$own/rgw.sh" start "$work/rgw"); then
        printf 'FAILED   the object store does not start\n'
        exit 1
    fi
    for part in ${2:-bucket payloads}; do
        "test_$part"
    done
    printf '%s %s\n' "$passed" "$failed" >"$1"
}

if [ "${1:-}" = --inside ]; then
    inside "$2" "${3:-}"
    exit
fi
"$root/test/deps.sh" --store install || exit 1
faults=$root/build/faults
if ! CPPFLAGS=-DNOTARY_FAULTS make -s -C "$root/workers" BUILD="$faults" "$faults/portarium-notary" >/dev/null; then
    printf 'FAILED   the notary with fault points cannot be built\n0 passed, 1 failed, 0 skipped\n'
    exit 1
fi
counts=$(mktemp)
"$root/test/cluster.sh" run -o '-c shared_preload_libraries=portarium' -- bash "$own/run.sh" --inside "$counts" "${1:-}"
read -r passed failed <"$counts" || { passed=0 failed=1; printf 'FAILED   the suite did not come to its end\n'; }
rm -f "$counts"
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
