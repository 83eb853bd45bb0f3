#!/usr/bin/env bash
# The native flavour where one session cannot see it: workers, waiting, the guard, switching flavours, and whether C and SQL
# agree beyond the golden vectors.
#
#   test/integration/extension/run.sh
#
# Needs the extension installed. One cluster loads the library at its start, one does not. Ends with:
# N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

for part in lib agree flavours guard wake worker session; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done

# One cluster's tests in the cluster that PGHOST names; leaves its counts in the file $2.
run_cluster()
{
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    case $1 in
        preloaded)
            test_agree
            test_flavours
            test_guard
            test_wake
            test_worker
            ;;
        plain) test_session ;;
    esac
    printf '%s %s %s\n' "$passed" "$failed" "$skipped" >"$2"
}

if [ "${1:-}" = --inside ]; then
    cluster=$2
    run_cluster "$2" "$3"
    exit
fi

counts=$(mktemp -d)
for cluster in preloaded plain; do
    options=
    [ "$cluster" = plain ] || options='-c shared_preload_libraries=portarium'
    "$root/test/cluster.sh" run -o "$options" -- bash "$here/run.sh" --inside "$cluster" "$counts/$cluster"
    if [ -s "$counts/$cluster" ]; then
        read -r ok bad left <"$counts/$cluster"
        passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
    else
        printf 'FAILED   %s: the suite did not come to its end\n' "$cluster"
        failed=$((failed + 1))
    fi
done
rm -rf "$counts"
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
