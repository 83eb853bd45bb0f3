#!/usr/bin/env bash
# Isolation that is proven: the two-world proof, and what the proof and the tests say when isolation is broken on purpose.
#
#   test/integration/tenancy/run.sh [OPS]
#
# Order: the proof in both flavours and both tiers; then, per flavour, each mutation of mutations.list in a database of its own, in which
# health() and the pgTAP files of the wall must turn red, and the matrix for tenants of tier C (databases.sh); then the mutations that a
# tenant can see in the proof, which must find each of them.
# Needs the extension installed. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../../.." || exit 2
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" extension/portarium.control)
ops=${1:-400}
passed=0
failed=0
# shellcheck source=test/integration/tenancy/databases.sh
. "$here/databases.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# verdict NAME STATUS [FILE]: counts; shows the end of the file when it failed.
verdict()
{
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
        printf 'ok       %s\n' "$1"
    else
        failed=$((failed + 1))
        printf 'FAILED   %s\n' "$1"
        [ -z "${3:-}" ] || tail -n 25 "$3" | cut -c 1-400 | sed 's/^/    /'
    fi
}

# mutation NUMBER FIELD: of a line "seen by | name | sql"
mutation()
{
    grep -v '^--' "$here/mutations.list" | sed -n "${1}p" | awk -F ' \\| ' -v field="$2" '{ print $field }'
}

proofs()
{
    local flavour tier status
    for flavour in managed native; do
        for tier in A B; do
            status=0
            test/prove/run.sh --flavour "$flavour" --tier "$tier" --ops "$ops" --seed 20260101 >"$work/proof" 2>&1 || status=$?
            verdict "the two worlds are equal, $flavour, tier $tier" "$status" "$work/proof"
        done
    done
}

# Each file has the database to itself: copies of one template, changed by the mutation. A copy lacks what was granted on the database.
make_template()
{
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c 'create database original' &&
        psql -XqAt -v ON_ERROR_STOP=1 -d original -c 'set client_min_messages = warning' -c "create extension portarium version '$1'" \
            -c 'call portarium.install()' -c 'create extension pgtap' >/dev/null &&
        psql -XqAt -d postgres -c 'alter database original allow_connections false' \
            -c "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'original'" >/dev/null
}

fresh_mutant()
{
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c 'set client_min_messages = warning' \
        -c 'drop database if exists mutant with (force)' -c 'create database mutant template original' \
        -c 'grant create on database mutant to portarium_owner' &&
        psql -XqAt -v ON_ERROR_STOP=1 -d mutant -c "$1" >/dev/null
}

# is_red SQL: after it, a file has a line that is "not ok", or ends with an error.
is_red()
{
    local file
    for file in wall functions matrix wall_rows; do
        fresh_mutant "$1" || return 2
        if psql -XqAt -v ON_ERROR_STOP=1 -d mutant <"test/pgtap/$file.sql" >"$work/tap" 2>&1 && ! grep -q '^not ok' "$work/tap"; then
            continue
        fi
        return 0
    done
    return 1
}

health_errors()
{
    psql -XqAt -d mutant -c "select count(*) from portarium.health() where severity = 'error'"
}

# In one cluster, for one version: nothing is red before, and after each mutation health() and the tests are.
mutate()
{
    local at name sql status=0
    make_template "$1"
    verdict "$1: a database to break" $?
    fresh_mutant 'select' && [ "$(health_errors)" = 0 ]
    verdict "$1: without a mutation health() has no error" $?
    is_red 'select' || status=$?
    [ "$status" -eq 1 ]
    verdict "$1: without a mutation nothing is red" $? "$work/tap"
    for at in $(seq "$(grep -vc '^--' "$here/mutations.list")"); do
        name=$(mutation "$at" 2) sql=$(mutation "$at" 3)
        fresh_mutant "$sql" && [ "$(health_errors)" -gt 0 ]
        verdict "$1: $name: health() says so" $?
        is_red "$sql"
        verdict "$1: $name: the tests are red" $? "$work/tap"
    done
}

# The proof itself is red when tenants can see each other.
blinded()
{
    local at status
    for at in $(seq "$(grep -vc '^--' "$here/mutations.list")"); do
        [ "$(mutation "$at" 1)" = tenants ] || continue
        status=0
        test/prove/run.sh --flavour native --ops "$ops" --seed 20260101 --first "$(mutation "$at" 3)" >"$work/proof" 2>&1 || status=$?
        [ "$status" -eq 1 ] && grep -q '^DIFFERENT' "$work/proof"
        verdict "the proof finds: $(mutation "$at" 2)" $? "$work/proof"
    done
}

if [ "${1:-}" = --inside ]; then
    mutate "$2"
    databases "$2"
    printf '%s %s\n' "$passed" "$failed" >"$3"
    exit 0
fi

proofs
for name in "${version%+native}" "$version"; do
    options=
    [ "$name" != "$version" ] || options='-c shared_preload_libraries=portarium'
    test/cluster.sh run -o "$options" -- bash "$here/run.sh" --inside "$name" "$work/counts"
    if [ -s "$work/counts" ]; then
        read -r ok bad <"$work/counts"
        passed=$((passed + ok)) failed=$((failed + bad))
    else
        verdict "$name: the mutations came to their end" 1
    fi
    rm -f "$work/counts"
done
blinded
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
