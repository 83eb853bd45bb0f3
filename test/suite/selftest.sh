#!/usr/bin/env bash
# The harness proves that it counts right before anything else is believed: what fails must be counted as failed.
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
. test/tally.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# counts WHAT WANTED COMMAND…: the verdicts that the command adds to a tally of its own.
counts()
{
    local what=$1 wanted=$2 ours=$TALLY got
    shift 2
    TALLY=$(mktemp "$scratch/tally.XXXXXX")
    "$@" >/dev/null
    got=$(for verdict in fail pass skip; do printf '%s %s ' "$(tally_count "$verdict")" "$verdict"; done | xargs)
    TALLY=$ours
    if [ "$got" = "$wanted" ]; then tally pass harness "$what"; else tally fail harness "$what" "got $got, wanted $wanted"; fi
}

# output TEXT STATUS: a program that printed this and exited so.
output()
{
    printf '%b' "$1" >"$scratch/output"
    tally_add program "$scratch/output" "$2"
}

# tap TEXT: its verdicts, in order.
tap()
{
    printf '%b' "$1" | awk -f test/suite/tap.awk >>"$TALLY"
}

counts 'closing lines are summed' '1 fail 3 pass 1 skip' output '1 passed, 1 failed, 1 skipped\n2 passed, 0 failed\n' 1
counts 'a closing line inside a text does not count' '1 fail 0 pass 0 skip' output 'it said 3 passed, 0 failed, 0 skipped\n' 0
counts 'no closing line is a failure' '1 fail 0 pass 0 skip' output 'all is well\n' 0
counts 'a bad exit status is a failure' '1 fail 3 pass 0 skip' output '3 passed, 0 failed, 0 skipped\n' 3
counts 'TAP is counted' '1 fail 1 pass 1 skip' tap '1..3\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP why\n'
counts 'TAP that stops early is a failure' '1 fail 1 pass 0 skip' tap '1..2\nok 1 - a\n'
counts 'TAP without a plan is a failure' '1 fail 1 pass 0 skip' tap 'ok 1 - a\n'
counts 'a server that does not start is a failure' '1 fail 0 pass 0 skip' bash -c \
    '. test/tally.sh; test/cluster.sh run -o "-c no_such_setting=1" -- true 2>&1 || tally fail cluster start "$?"'

# names WHAT WANTED TEXT: what a program's output says had failed.
names()
{
    local got
    printf '%b' "$3" >"$scratch/output"
    got=$(tally_failures "$scratch/output")
    if [ "$got" = "$2" ]; then tally pass harness "$1"; else tally fail harness "$1" "got $got, wanted $2"; fi
}

names 'a failure is named' 'a thing: why; ' 'suite | ok       x\nsuite | FAILED   a thing: why\n'
names 'what is not ok is named with the line behind it' 'not ok seed 5     D3: no end; ' '0.1.0: not ok seed 5\n0.1.0:     D3: no end\n0.1.0: ok seed 6\n'
names 'an error of a script is named' 'session.Refused: ERROR: no; ' 'Traceback (most recent call last):\n  File "x.py"\nsession.Refused: ERROR: no\n'
