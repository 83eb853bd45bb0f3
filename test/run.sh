#!/usr/bin/env bash
# make test: every test that needs no daemon, then one closing line.
#
#   test/run.sh [topic]     topic: part of a test file's name
#
# Order: the harness itself, C unit tests, the SQL suites of the managed flavour, those of the native flavour, each
# flavour in a cluster of its own; then again the pgTAP files with tenants of tier B. The extension must be built and installed (make test does that).
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. test/tally.sh

export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
topic=${1:-}

# in_cluster FLAVOUR TIER OPTIONS: the suites of one flavour; a server that does not start is a failure, not a silence.
in_cluster()
{
    mkdir -p "build/test/$1"
    test/cluster.sh run -o "$3" -l "build/test/$1/server.$2.log" -- test/suite/sql.sh "$1" "$topic" "$2" ||
        tally fail "$1" "cluster $2" "exit status $?"
}

tally_open
[ -n "$topic" ] || test/suite/selftest.sh || tally fail harness suite "exit status $?"
test/suite/unit.sh "$topic" || tally fail unit suite "exit status $?"
for tier in A B; do
    in_cluster managed "$tier" ''
    in_cluster native "$tier" '-c shared_preload_libraries=portarium'
done
tally_close
