# shellcheck shell=bash
# The notary refuses what does not extend what it signed.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

checkpoints()
{
    find "$home/store/checkpoint" -type f 2>/dev/null | wc -l
}

# By a reader that shares no code with the notary.
store_is_whole()
{
    python3 "$here/store.py" "$home/store"
}

test_once()
{
    make_database once
    check 'an empty log needs no signature' exits 0 notary --once
    check 'nothing was written' same 0 "$(checkpoints)"
    append ann 3 && seal
    check 'signed' exits 0 notary --once
    check 'one checkpoint' same 1 "$(checkpoints)"
    check 'the database has it' same "$(cat "$home"/store/checkpoint/*)" "$(sql -c 'select note from portarium_data.checkpoint')"
    check 'again: nothing new' exits 0 notary --once
    check 'still one checkpoint' same 1 "$(checkpoints)"
    append ann 2 && append bob 4 && seal
    check 'the next one' exits 0 notary --once
    check 'the store is whole' store_is_whole
    check 'bundles hold' eval 'holds ann && holds bob'
    check 'the view shows what it covers' same 5 "$(as ann 'select max(covers) from portarium.checkpoints')"
}

# Idle rounds read; they do not write.
test_idle()
{
    local before
    start_notary
    sleep 0.5
    before=$(sql -c 'select pg_current_xact_id()::text::bigint')
    sleep 1
    check 'idle rounds take no transaction number' same "$((before + 1))" "$(sql -c 'select pg_current_xact_id()::text::bigint')"
    check 'a second notary does not get the store' exits 1 notary --once
    kill -TERM "${jobs_started[-1]}"
    check 'it ends when told' ended "${jobs_started[-1]}"
    jobs_started=()
}

# A caller that waits for the signature, while the log is sealed and signed beside it.
test_wait()
{
    start_notary
    while :; do sql -c 'select portarium_int.seal()'; done >/dev/null 2>&1 &
    jobs_started+=("$!")
    check 'a caller gets a signed entry' same signed "$(as ann "call portarium.append_wait('app.waits', '{}', 'signed', 30000)" | cut -d'|' -f3)"
    stop_jobs
    check 'and the store is whole' store_is_whole
}

# A new key: first both sign, then it alone. It never comes from one moment to the next.
test_rotation()
{
    make_database rotation
    append ann 3 && seal && notary --once
    check 'a second key' make_key "$home/next"
    check 'each tenant is told' same "$(cat "$home/next.vkey")" \
        "$(as bob "select body ->> 'vkey' from portarium.entries where kind = 'evidence.key_trusted'")"
    append ann 1 && seal
    key_file=$home/next check 'the new key alone is refused' refuses 'signed by another key'
    export NOTARY_NEXT_KEY_FILE=$home/next
    check 'both sign' exits 0 notary --once
    check 'and do it no second time' exits 0 notary --once
    check 'holds by the old key' holds ann
    check 'holds by the new one' verify --key "$home/next.vkey" "$home/ann.jsonl"
    check 'so says the second verifier' second --key "$home/next.vkey" "$home/ann.jsonl"
    check 'and the database' same t "$(as ann 'select ok from portarium.verify_evidence()')"
    unset NOTARY_NEXT_KEY_FILE
    append ann 1 && seal
    key_file=$home/next check 'now the new key alone' exits 0 notary --once
    export_to ann "$home/ann.jsonl"
    check 'holds by the new key' verify --key "$home/next.vkey" "$home/ann.jsonl"
    check 'not by the old one' exits 1 verify --key "$home/key.vkey" "$home/ann.jsonl"
    check 'the old key is refused' refuses 'signed by another key'
    check 'the store is whole' store_is_whole
    key_file=$home/next NOTARY_AUDIT_HOURS=1 check 'an audit needs the old key, too' refuses 'no good signature'
    seal
    key_file=$home/next NOTARY_AUDIT_HOURS=1 NOTARY_PAST_KEYS=$home/key.vkey check 'and holds with it' exits 0 notary --once
}

# Nothing is written by default; with a heartbeat no log is silent for longer, and a verifier can ask for that.
test_heartbeat()
{
    local end=$((SECONDS + 30))
    make_database heartbeat
    append ann 1 && seal && notary --once
    check 'no heartbeat by default' same '' "$(sql -c "select 1 from portarium_data.entry where kind = 'evidence.heartbeat'")"
    export NOTARY_HEARTBEAT_SECONDS=2
    start_notary
    until [ "$(as bob "select count(*) from portarium.entries where kind = 'evidence.heartbeat' and sealed")" -ge 3 ]; do
        [ "$SECONDS" -lt "$end" ] || break
        seal
    done
    stop_jobs
    unset NOTARY_HEARTBEAT_SECONDS
    seal && notary --once
    export_to bob "$home/bob.jsonl"
    check 'a log that was never silent' verify --key "$home/key.vkey" --max-gap 3 "$home/bob.jsonl"
    as bob 'select pg_sleep(2.1)' && append bob 1 && seal && notary --once
    export_to bob "$home/bob.jsonl"
    check 'one that was' exits 1 verify --key "$home/key.vkey" --max-gap 2 "$home/bob.jsonl"
    check 'it holds all the same' verify --key "$home/key.vkey" "$home/bob.jsonl"
    check 'not a number' exits 2 verify --max-gap x "$home/bob.jsonl"
}

test_refusals()
{
    cp -r "$home" "$home.before"
    append ann 1 && seal
    check 'signed again' exits 0 notary --once

    mv "$home" "$home.after" && cp -r "$home.before" "$home" && rm -rf "$home/store" && cp -r "$home.after/store" "$home/store"
    check 'an old state beside a newer store' refuses 'newer than the state'
    rm "$home/state"
    check 'no state beside a store' refuses 'newer than the state'

    cp "$home.after/state" "$home/state"
    chmod 0644 "$home/key"
    check 'a key that others can read' exits 1 notary --once
    chmod 0600 "$home/key"

    append ann 1 && seal
    python3 "$here/restate.py" "$home/state" signed_us 9000000000000000
    check 'a clock that went back' refuses 'clock is behind'
    cp "$home.after/state" "$home/state"
    sed -i 's/^origin .*/origin portarium.local\/0\/other/' "$home/state"
    check 'a state that was changed' refuses 'is damaged'
    python3 "$here/restate.py" "$home/state" origin portarium.local/0/other
    check 'the state of another log' refuses 'portarium.local/0/other'
    cp "$home.after/state" "$home/state"
    check 'all is well with the right ones' exits 0 notary --once
}

# A second notary with a key of its own: the log can have two signers, a store only one.
test_second_key()
{
    local first=$home
    mkdir -p "$first.second/store" && make_key "$first.second/key" && seal && notary --once
    home=$first.second store=$first.second/store
    check 'a second notary cannot record other notes' refuses 'exists with another note'
    home=$first store=$first/store
    check 'the first one goes on' exits 0 notary --once
    check 'its bundles hold' holds ann
}

test_notary()
{
    test_once
    test_idle
    test_wait
    test_refusals
    test_second_key
    test_rotation
    test_heartbeat
}
