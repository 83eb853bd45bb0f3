#!/usr/bin/env bash
# The models of dispatch and of compensation, checked by spin in all their states; then the same with bugs planted, each of which must be found.
#
#   test/model/run.sh
#
# Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2

work=build/model
model=dispatch
passed=0
failed=0

# search DEFINES CC_FLAGS PAN_FLAGS: prints how many errors the search of all states found.
search()
{
    local output
    # shellcheck disable=SC2086  # the flags are lists
    output=$(cd "$work" && rm -f pan* ./*.trail && spin $1 -a "$OLDPWD/test/model/$model.pml" && cc -O2 -DMEMLIM=2000 $2 -o pan pan.c && ./pan -m100000 -n $3 2>&1)
    printf '%s\n' "$output" >>"$work/log"
    # a search that was cut short has shown nothing
    if grep -qE 'max search depth too small|out of memory|reached -DMEMLIM' <<<"$output"; then
        echo incomplete
    else
        sed -n 's/.*errors: \([0-9]*\).*/\1/p' <<<"$output"
    fi
}

# expect LABEL found|none DEFINES CC_FLAGS PAN_FLAGS
expect()
{
    local errors
    errors=$(search "$3" "$4" "$5")
    if [[ ($2 = none && $errors = 0) || ($2 = found && $errors =~ ^[1-9]) ]]; then
        passed=$((passed + 1))
        printf 'ok       %s\n' "$1"
    else
        failed=$((failed + 1))
        printf 'FAILED   %s: %s errors, see %s/log\n' "$1" "${errors:-no answer about}" "$work"
    fi
}

always='-DSAFETY -DNOCLAIM'
in_the_end='-DNFAIR=3 -DCOLLAPSE'

mkdir -p "$work" && rm -f "$work/log"
expect 'effects that may be repeated: nothing is violated' none '-DIDEMPOTENT=1' "$always" ''
expect 'effects that may not: nothing is violated' none '-DIDEMPOTENT=0' "$always" ''
expect 'effects that may be repeated: every run ends' none '-DIDEMPOTENT=1' "$in_the_end" '-a -f'
expect 'effects that may not: every run ends or is parked' none '-DIDEMPOTENT=0' "$in_the_end" '-a -f'
expect 'planted: an acknowledgement is taken without its lease' found '-DMUTANT=1' "$always" ''
expect 'planted: a lease is not carried over to the epoch of a pause' found '-DMUTANT=2' "$always" ''
expect 'planted: a job of an older epoch is given out' found '-DMUTANT=3' "$always" ''
expect 'planted: a waiting acknowledgement trusts its older snapshot' found '-DMUTANT=4' "$always" ''
expect 'planted: a move is not fenced by the epoch' found '-DMUTANT=5' "$always" ''
expect 'planted: an effect that may not be repeated is given out again' found '-DMUTANT=6 -DIDEMPOTENT=0' "$always" ''
expect 'planted: nobody takes lost leases away' found '-DMUTANT=7' "$in_the_end" '-a -f'
model=compensation
expect 'undoing: nothing is violated' none '' "$always" ''
expect 'undoing: every run ends' none '' "$in_the_end" '-a -f'
expect 'planted: a step is pushed after the commit that says it was done' found '-DMUTANT=1' "$always" ''
expect 'planted: what is given up under way is not pushed' found '-DMUTANT=2' "$always" ''
expect 'planted: the first step is undone first' found '-DMUTANT=3' "$always" ''
expect 'planted: undoing does not wait for the lease' found '-DMUTANT=4' "$always" ''
expect 'planted: an acknowledgement is taken from a run that undoes' found '-DMUTANT=5' "$always" ''
expect 'planted: a step that could not be undone is passed over' found '-DMUTANT=6' "$always" ''
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
