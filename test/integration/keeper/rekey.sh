# shellcheck shell=bash
# Another key-encryption key, through kills in the middle; what was kept is read by the new one and not by the old one.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# rekey [SECONDS]: from kek to kek.new; killed after so long.
rekey()
{
    KEEPER_NEW_KEK_FILE=$home/kek.new KEEPER_KEK_FILE=$home/kek KEEPER_KEYS=$home/keys \
        ${1:+timeout -s KILL "$1"} "$root/build/portarium-keeper" rekey 2>>"$home/log"
}

# Kills it a little later each time; the last one is left alone.
rekey_through_kills()
{
    local after
    for after in 0.01 0.02 0.03 0.04 0.05 0.07; do
        rekey "$after" || true
    done
    exits 0 rekey
}

test_rekey()
{
    local seven eight
    make_keeper rekey
    put_many 100
    seven=$(put 'a scan of seven' customer-7)
    eight=$(put 'a scan of eight' customer-8)
    check 'kept' exits 0 keeper --once
    check 'forgotten' disposed "propose_forgetting('customer-8', 'asked for')"
    check 'shredded' exits 0 keeper --once
    check 'no new key' exits 2 rekey
    (umask 077 && openssl rand -hex 32 >"$home/kek.new")
    start_keeper
    check 'the keeper is at work' looked_ready
    check 'so its keys stay as they are' exits 1 rekey
    stop_jobs
    check 'another key, through kills' rekey_through_kills
    check 'the old one is refused' keeper_says 3 'not wrapped by this key-encryption key'
    cp "$home/kek" "$home/kek.old" && cp "$home/kek.new" "$home/kek"
    check 'the new one is not' exits 0 keeper --once
    check 'it is asked for' same FETCHING "$(got "$seven")"
    check 'brought' exits 0 keeper --once
    check 'whole' same 'READY a scan of seven' "$(got "$seven")"
    check 'what was shredded is' exits 1 as ann "select portarium.get_payload('$eight')"
    check 'all is as it was left' same true "$(outcome good)"
    check 'new ones are kept' eval "put 'a scan of nine' customer-9 && exits 0 keeper --once"
}

looked_ready()
{
    local end=$((SECONDS + 60))
    until grep -q ready "$home/out"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}
