# shellcheck shell=bash
# The notary dies, between any two steps and at random moments, and comes back.
#
# shellcheck disable=SC2154
# SPDX-License-Identifier: PostgreSQL

# dies POINT: a round ends at this point as by kill -9.
dies()
{
    NOTARY_FAULT=$1 DATABASE_URL="user=portarium_notary dbname=evidence_test" NOTARY_KEY_FILE=$home/key \
        NOTARY_STORE=$store NOTARY_STATE=$home/state exits 137 "$root/build/faults/portarium-notary" --once 2>>"$home/log"
}

all_is_signed()
{
    same "$(sql -c 'select size from portarium_data.meta_tree')" "$(sql -c 'select max(meta_size) from portarium_data.checkpoint')"
}

# The log goes on while the notary is dead, so what it finds is not what it left.
test_steps()
{
    local point
    make_database crash
    for point in meta leaves tiles state checkpoint record; do
        append ann 3 && append bob 2 && seal
        check "dead after $point" dies "$point"
        check "dead once more after $point" dies_again "$point"
        append ann 2 && seal
        check "back after $point" exits 0 notary --once
        check "all is signed after $point" all_is_signed
        check "the store is whole after $point" store_is_whole
        check "bundles hold after $point" eval 'holds ann && holds bob'
    done
}

# The second life dies where the first did, unless it has nothing left to do there.
dies_again()
{
    append bob 1 && seal && dies "$1"
}

test_random()
{
    local writer job
    make_database random
    for writer in ann bob; do
        append "$writer" 300 >/dev/null &
        jobs_started+=("$!")
    done
    while :; do seal; done >/dev/null 2>&1 &
    jobs_started+=("$!")
    for ((job = 0; job < 15; job++)); do
        start_notary
        sleep "0.0$((RANDOM % 90 + 10))"
        kill -9 "${jobs_started[-1]}"
        wait "${jobs_started[-1]}" 2>/dev/null
    done
    check 'writers ended well' ended "${jobs_started[@]:0:2}"
    stop_jobs
    seal
    check 'it signs the rest' exits 0 notary --once
    check 'all is signed' all_is_signed
    check 'the store is whole' store_is_whole
    check 'bundles hold' eval 'holds ann && holds bob'
    check 'with every entry' same 300 "$(as ann 'select count(*) from portarium.entries where sealed')"
}

test_crash()
{
    test_steps
    test_random
}
