# shellcheck shell=bash
# A standby that lagged is promoted: what was signed and is missing there comes back from the store, and the next epoch begins.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# standby DIRECTORY start|COMMAND …: pg_ctl on the standby's server.
standby()
{
    local start=()
    [ "$2" != start ] || start=(-o "-k $1 -p $PGPORT -c listen_addresses='' $options" -l "$1/log")
    as_server "$bin/pg_ctl" -D "$1/data" -w "${start[@]}" "${@:2}" >/dev/null
}

# make_standby DIRECTORY: it follows the server, and its programs.
make_standby()
{
    back_up "$1" && as_server touch "$1/data/standby.signal" &&
        as_server sh -c "echo \"primary_conninfo = 'host=$PGHOST port=$PGPORT user=$PGUSER'\" >>'$1/data/postgresql.auto.conf'" &&
        standby "$1" start && caught_up
}

# Until one standby has all there is now.
caught_up()
{
    local end=$((SECONDS + 30)) wal
    wal=$(sql -c 'select pg_current_wal_insert_lsn()')
    until [ "$(sql -c "select portarium.notary_standbys('$wal')")" = 1 ]; do
        [ "$SECONDS" -lt "$end" ] || { echo 'the standby does not come'; return 1; }
    done
}

# Signed only once it is safe on a standby.
test_required()
{
    sql -c 'grant pg_read_all_stats to portarium_notary'
    export NOTARY_STANDBYS=1
    append ann 1 && seal && caught_up
    check 'signed with the standby' exits 0 notary --once
    standby "$1" stop -m fast
    append ann 1 && seal
    check 'not without it' exits 1 notary --once
    check 'and it says why' grep -F 'standbys do not have it yet' "$home/log"
    check 'nothing was signed' exits 1 all_is_signed
    standby "$1" start && caught_up
    check 'once it is back' exits 0 notary --once
    check 'all is signed' all_is_signed
    sql -c 'revoke pg_read_all_stats from portarium_notary'
    append ann 1 && seal
    check 'nor when the notary may not see standbys' exits 1 notary --once
    unset NOTARY_STANDBYS
    check 'where none is required' exits 0 notary --once
}

# hold_sealer: from here on nobody seals, until release_sealer.
hold_sealer()
{
    mkfifo "$home/hold"
    sql <"$home/hold" >/dev/null &
    jobs_started+=("$!")
    exec 7>"$home/hold"
    echo 'begin; select from portarium_data.seal_cursor for update;' >&7
    while sql -c 'select from portarium_data.seal_cursor for update nowait' 2>/dev/null; do :; done
}

release_sealer()
{
    exec 7>&-
    ended "${jobs_started[-1]}"
    jobs_started=()
}

# One entry that the standby gets before it has a leaf; then entries that it does not get, all sealed and signed.
lose_the_end()
{
    hold_sealer
    as ann "select portarium.append_evidence('app.late', '{}')" >/dev/null
    caught_up && standby "$1" stop -m fast
    release_sealer
    append ann 4 && append bob 2 && seal && notary --once && export_to ann "$home/before.jsonl" && export_to bob "$home/bob-before.jsonl"
}

recovers()
{
    exits "$1" notary recover
}

# says SQLSTATE COMMAND …: the command fails so.
says()
{
    same "ERROR:  $1" "$("${@:2}" 2>&1 | sed -n 1p)"
}

stated()
{
    sql -c '\set VERBOSITY sqlstate' -c "$1"
}

test_declared()
{
    check 'the notary refuses' refuses 'log has shrunk'
    check 'nothing is sealed' waits
    check 'no recovery that nobody declared' recovers 1
    check 'it says so' grep -F 'no recovery is declared' "$home/log"
    check 'an application does not declare one' says 42501 psql -XAtq -U evidence_ann -d evidence_test -c '\set VERBOSITY sqlstate' -c "select portarium.declare_recovery('x')"
    check 'nor anybody without a reason' says UP007 stated "select portarium.declare_recovery('')"
    check 'declared' same 2 "$(sql -c "select portarium.declare_recovery('the standby lagged')")"
    check 'and once more' same 2 "$(sql -c "select portarium.declare_recovery('again')")"
    append ann 2
    check 'a death at the end' eval "NOTARY_FAULT=recovered DATABASE_URL='user=portarium_notary dbname=evidence_test' NOTARY_KEY_FILE='$home/key' \
        NOTARY_STORE='$store' NOTARY_STATE='$home/state' exits 137 '$root/build/faults/portarium-notary' recover"
    check 'leaves everything as it was' waits
    check 'recovered' recovers 0
    check 'not twice' recovers 1
    check 'no new recovery once all is well' eval "notary --once && seal && says 55000 stated \"select portarium.declare_recovery('x')\""
}

epoch_of()
{
    export_to_epoch "$1" "$2" "$home/$1-$2.jsonl" && verify --key "$home/key.vkey" "$home/$1-$2.jsonl" && second --key "$home/key.vkey" "$home/$1-$2.jsonl"
}

export_to_epoch()
{
    as "$1" "select portarium.export_evidence(epoch => $2)" >"$3"
}

withheld()
{
    grep -c '"type":"withheld"' "$home/$1" || true
}

# After the recovery, on the promoted server.
test_recovered()
{
    test_declared
    check 'sealing goes on, and signing' eval 'seal && notary --once && all_is_signed'
    check 'the store is whole' store_is_whole
    check 'an audit finds it good' audited
    seal && notary --once
    check 'the epoch begins with what was lost' same 'evidence.recovered|4|the standby lagged' \
        "$(as ann "select kind, body -> 'lost', body ->> 'reason' from portarium.entries where index = 0")"
    check 'what came meanwhile follows' same 2 "$(as ann "select count(*) from portarium.entries where kind = 'app.note'")"
    check 'so does the refusal' same 1 "$(as bob "select count(*) from portarium.entries where kind = 'evidence.refused' and body ->> 'reason' like 'log has shrunk%'")"
    check 'an entry whose leaf came back is not sealed again' same '1' \
        "$(sql -c "select count(*) from portarium_data.leaf join portarium_data.entry using (tenant_id, stream_id, seq) where kind = 'app.late'")"
    check 'events go on over the loss' same t \
        "$(as ann "select count(*) filter (where position like '1-%') > 0 and count(*) filter (where position like '2-%') > 2 from portarium.events('start', 1000)")"
    check 'the new epoch holds' eval 'epoch_of ann 2 && epoch_of bob 2'
    check 'the old one holds' eval 'epoch_of ann 1 && epoch_of bob 1'
    check 'with what was lost withheld' same '4 2' "$(withheld ann-1.jsonl) $(withheld bob-1.jsonl)"
    check 'and so says the database' same t "$(as ann 'select ok from portarium.verify_evidence()')"
    check 'no such epoch' says 55000 psql -XAtq -U evidence_ann -d evidence_test -c '\set VERBOSITY sqlstate' -c 'select portarium.export_evidence(epoch => 3)'
    test_bodies
}

tenant_id()
{
    sql -c "select tenant_id from portarium_data.tenant where slug = '$1'"
}

# take_bodies TENANT FILE
take_bodies()
{
    sql -v lines="$(python3 -c 'import sys; print("{" + ",".join("\"" + line.rstrip("\n").replace("\\", "\\\\").replace("\"", "\\\"") + "\"" for line in sys.stdin) + "}")' <"$2")" \
        -v tenant="$(tenant_id "$1")" <<<"select portarium_int.restore_entries(:'tenant', :'lines')"
}

# The bodies come back from a bundle that somebody has kept; not others.
test_bodies()
{
    sed 's/"body":"{\\"n\\":[0-9]*}"/"body":"{\\"n\\":77}"/' "$home/before.jsonl" >"$home/changed.jsonl"
    check 'not from changed lines' same 0 "$(take_bodies ann "$home/changed.jsonl")"
    check "not from another tenant's" same 0 "$(take_bodies ann "$home/bob-before.jsonl")"
    check 'bodies come back' same 4 "$(take_bodies ann "$home/before.jsonl")"
    check 'once' same 0 "$(take_bodies ann "$home/before.jsonl")"
    check 'the old epoch is whole' eval "epoch_of ann 1 && same 0 \"\$(withheld ann-1.jsonl)\""
    check 'as it was' same "$(grep '"type":"entry"' "$home/before.jsonl")" "$(grep '"type":"entry"' "$home/ann-1.jsonl")"
    check 'and holds in the database' same t "$(as ann 'select ok from portarium.verify_evidence()')"
    sql -c "update portarium_data.leaf set seq = 0, stream_id = gen_random_uuid() where idx = 1 and epoch = 1 and tenant_id = '$(tenant_id ann)'"
    check 'who takes one from before away is found out' same 'f|1|entry is missing' "$(as ann 'select ok, bad_index, reason from portarium.verify_evidence()')"
}

test_recovery()
{
    local place
    bob_tier=B make_database recovery
    append ann 3 && append bob 2 && seal && notary --once
    place=$(as_server mktemp -d /tmp/standby.XXXXXX)
    check 'a standby' make_standby "$place"
    test_required "$place"
    caught_up
    lose_the_end "$place"
    as_server sh -c "echo \"primary_conninfo = ''\" >>'$place/data/postgresql.auto.conf'"
    standby "$place" start && standby "$place" promote
    PGHOST=$place test_recovered
    standby "$place" stop -m immediate
    rm -rf "$place"
}
