#!/usr/bin/env bash
# make test: every test that needs no daemon, then one closing line.
#
#   test/run.sh [topic]     topic: part of a test file's name
#
# Order: the harness itself, C unit tests, the SQL suites of the managed flavour, those of the native flavour, each
# flavour in a cluster of its own. The extension must be built and installed (make test does that).
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. test/tally.sh

export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
topic=${1:-}

# in_cluster FLAVOUR OPTIONS: the suites of one flavour; a server that does not start is a failure, not a silence.
in_cluster()
{
    mkdir -p "build/test/$1"
    test/cluster.sh run -o "$2" -l "build/test/$1/server.log" -- test/suite/sql.sh "$1" "$topic" ||
        tally fail "$1" cluster "exit status $?"
}

tally_open
[ -n "$topic" ] || test/suite/selftest.sh || tally fail harness suite "exit status $?"
test/suite/unit.sh "$topic" || tally fail unit suite "exit status $?"
in_cluster managed ''
in_cluster native '-c shared_preload_libraries=portarium'
tally_close
