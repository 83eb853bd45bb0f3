#!/usr/bin/env bash
# What an operator does, by the scripts of docker/operations, each time with the evidence verified afterwards by the database, by the
# notary and by portarium-verify: a dump by the backup role, a restore to a point in time, an upgrade while tenants work.
#
#   test/integration/operations/run.sh
#
# Needs the extension installed and the daemons built. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
suite=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$suite/../../.." && pwd)
here=$root/test/integration/evidence
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

# shellcheck source=test/integration/evidence/lib.sh
. "$here/lib.sh"
# shellcheck source=test/integration/evidence/timeline.sh
. "$here/timeline.sh"
# shellcheck source=test/integration/evidence/restore.sh
. "$here/restore.sh"
for part in dump point; do
    # shellcheck source=/dev/null
    . "$suite/$part.sh"
done

# What a good history is, to everybody who can tell.
all_is_well()
{
    same t "$(as ann 'select ok from portarium.verify_evidence()')" && same t "$(as bob 'select ok from portarium.verify_evidence()')" &&
        exits 0 notary --once && holds ann && holds bob && same 0 "$(sql -c "select count(*) from portarium.health() where severity = 'error'")"
}

use()
{
    flavour=$1 work=$2 archive=$3
    options="-c max_wal_senders=4"
    [ "$flavour" = managed ] || options="$options -c shared_preload_libraries=portarium"
}

case ${1:-} in
    --inside)
        use "$2" "$3" "$4"
        test_dump
        test_point
        printf '%s %s\n' "$passed" "$failed" >"$work/counts"
        exit
        ;;
    --restored)
        use "$2" "$3" "$4"
        test_restored_dump
        printf '%s %s\n' "$passed" "$failed" >"$work/restored"
        exit
        ;;
esac

for flavour in managed native; do
    work=$(mktemp -d)
    archive=$(as_server mktemp -d /tmp/archive.XXXXXX)
    use "$flavour" "$work" "$archive"
    "$root/test/cluster.sh" run -o "$options -c archive_mode=on -c archive_command='cp %p $archive/%f'" -- \
        bash "$suite/run.sh" --inside "$flavour" "$work" "$archive"
    if [ -s "$work/counts" ]; then
        read -r ok bad <"$work/counts"
        passed=$((passed + ok)) failed=$((failed + bad))
    else
        printf 'FAILED   %s: the suite did not come to its end\n' "$flavour"
        failed=$((failed + 1))
    fi
    rm -rf "$work" "$archive"
done
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
