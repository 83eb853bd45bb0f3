#!/usr/bin/env bash
# The SQL suites of one flavour, against the server that PGHOST names (test/cluster.sh starts it).
#
#   test/suite/sql.sh managed|native [topic] [tier]
#
# With tier B the pgTAP files only, and the tenants that they create are of that tier.
#
# In this order: regress files (sql/NAME.sql against expected/NAME.out), isolation specs, pgTAP files. Each file gets a
# database of its own in which the extension is created and install() called; both flavours share one expected file.
# What the server said is kept in build/test/FLAVOUR/. Results go to the tally.
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
. test/tally.sh

flavour=$1
topic=${2:-}
tier=${3:-A}
suffix=
[ "$tier" = A ] || suffix=/$tier
results=build/test/$flavour$suffix
version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" extension/portarium.control)
[ "$flavour" = native ] || version=${version%+native}
isolationtester=$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/isolationtester
database=portarium_test

# Output must not depend on the caller's settings.
export LC_ALL=C PGTZ=UTC PGDATESTYLE=ISO PG_TEST_TIMEOUT_DEFAULT=60
export PGOPTIONS='-c intervalstyle=postgres -c lc_messages=C'

# A fresh database with the extension installed; FORCE, because background workers are connected to the last one.
fresh_database()
{
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c 'set client_min_messages = warning' \
        -c "drop database if exists $database with (force)" -c "create database $database" &&
        psql -XqAt -v ON_ERROR_STOP=1 -d "$database" -c 'set client_min_messages = warning' \
            -c "create extension portarium version '$version'" -c 'call portarium.install()' >/dev/null &&
        { [ "$tier" = A ] || prefer_tier; }
}

# Tenants of which a test says no tier are of this one.
prefer_tier()
{
    psql -XqAt -v ON_ERROR_STOP=1 -d "$database" <<SQL
do \$\$ begin
    execute replace(pg_get_functiondef('portarium.create_tenant'::regproc), '''A''::text', '''$tier''::text');
end \$\$
SQL
}

# compare SUITE NAME EXPECTED ACTUAL
compare()
{
    if [ ! -f "$3" ]; then
        tally fail "$1" "$2" "$3 is missing"
    elif diff -U3 "$3" "$4" >"$4.diff"; then
        rm -f "$4.diff"
        tally pass "$1" "$2"
    else
        tally fail "$1" "$2" "differs from $3"
        sed -n '1,60p' "$4.diff"
    fi
}

regress_file()
{
    local name=$1
    psql -X -a -q -d "$database" <"sql/$name.sql" >"$results/$name.out" 2>&1
    compare "regress/$flavour" "$name" "expected/$name.out" "$results/$name.out"
}

isolation_file()
{
    local name=$1
    "$isolationtester" "dbname=$database" <"test/isolation/specs/$name.spec" >"$results/$name.out" 2>&1
    compare "isolation/$flavour" "$name" "test/isolation/expected/$name.out" "$results/$name.out"
}

# Counts every TAP line; a file that stops before its plan is a failure even if each line it printed was good.
pgtap_file()
{
    local name=$1 verdict description reason
    psql -XqAt -d "$database" -c 'create extension if not exists pgtap' >/dev/null 2>&1
    psql -XqAt -v ON_ERROR_STOP=1 -d "$database" <"test/pgtap/$name.sql" >"$results/$name.tap" 2>&1
    while IFS=$'\t' read -r verdict description reason; do
        tally "$verdict" "pgtap/$flavour$suffix" "$name: $description" "$reason"
    done < <(awk -f test/suite/tap.awk "$results/$name.tap")
    grep -E '^(not ok|#|[A-Z]+: )' "$results/$name.tap" || true
}

# each FOLDER SUFFIX FUNCTION: the files that match the topic, in order.
each()
{
    local path name
    for path in "$1"/*"$2"; do
        [ -f "$path" ] || continue
        name=$(basename "$path" "$2")
        [[ $name == *"$topic"* ]] || continue
        if fresh_database; then
            "$3" "$name"
        else
            tally fail "$1/$flavour" "$name" "create extension portarium version '$version' or install() failed"
        fi
    done
}

# scheduler on|off: whether the native flavour's worker ticks.
scheduler()
{
    [ "$flavour" = managed ] ||
        psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c "alter system set portarium.scheduler = $1" -c 'select pg_reload_conf()' >/dev/null
}

mkdir -p "$results"
# regress files and specs name the shared tables
if [ "$tier" = A ]; then
    each sql .sql regress_file
    # a spec says itself who does what when; a tick would join in, and meet the end of the spec with its locks
    scheduler off
    each test/isolation/specs .spec isolation_file
fi
scheduler on
each test/pgtap .sql pgtap_file
