#!/usr/bin/env bash
# From one version to the next: code by ALTER EXTENSION, data by migrate(), in both flavours and for the file that psql reads.
#
#   test/integration/upgrade/run.sh
#
# Order: two versions are made from this tree and installed beside it; then, flavour by flavour, what was updated must be what is made
# anew, with data in it; both versions of data are served; who is killed is followed; who gets no lock lets go; what is dropped can be
# made again. Needs to write into PostgreSQL's extension directory. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
# shellcheck disable=SC2034  # versions.sh installs there
extension_dir=$("$PG_CONFIG" --sharedir)/extension

# shellcheck source=test/integration/extension/lib.sh
. "$root/test/integration/extension/lib.sh"
for part in versions same faults; do
    # shellcheck source=/dev/null
    . "$here/$part.sh"
done

if [ "${1:-}" = --inside ]; then
    cluster=$2 work=$3
    test_same "$2"
    test_served "$2"
    test_faults "$2"
    [ "$2" = native ] || test_psql_file
    printf '%s %s %s\n' "$passed" "$failed" "$skipped" >"$work/counts"
    exit
fi

cluster=versions
work=$(mktemp -d)
trap 'rm -rf "$work"; remove_versions' EXIT
if ! make_versions || ! install_versions; then
    printf 'FAILED   two versions could not be made\n0 passed, 1 failed, 0 skipped\n'
    exit 1
fi
chmod 755 "$work"
for flavour in managed native; do
    options=
    [ "$flavour" = managed ] || options='-c shared_preload_libraries=portarium'
    "$root/test/cluster.sh" run -o "$options" -- bash "$here/run.sh" --inside "$flavour" "$work"
    if [ -s "$work/counts" ]; then
        read -r ok bad left <"$work/counts"
        passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
    else
        printf 'FAILED   %s: the suite did not come to its end\n' "$flavour"
        failed=$((failed + 1))
    fi
    rm -f "$work/counts"
done
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
