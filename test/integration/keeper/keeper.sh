# shellcheck shell=bash
# The keeper under test, and its tests with a directory as its store.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# keeper ARGUMENT …: with the test's keys and store.
keeper()
{
    DATABASE_URL="user=portarium_keeper dbname=evidence_test" KEEPER_KEK_FILE=$home/kek KEEPER_KEYS=$home/keys \
        KEEPER_STORE=${objects:-$home/objects} KEEPER_INTERVAL_MS=20 "$root/build/portarium-keeper" "$@" 2>>"$home/log"
}

# start_keeper [PORT]: beside the test, until stop_jobs; its metrics on this port.
start_keeper()
{
    DATABASE_URL="user=portarium_keeper dbname=evidence_test" KEEPER_KEK_FILE=$home/kek KEEPER_KEYS=$home/keys KEEPER_STORE=$home/objects \
        KEEPER_INTERVAL_MS=20 METRICS_LISTEN=127.0.0.1:${1:-0} "$root/build/portarium-keeper" >"$home/out" 2>>"$home/log" &
    jobs_started+=("$!")
}

# keeper_says STATUS TEXT: the keeper ends so and says this.
keeper_says()
{
    : >"$home/log"
    exits "$1" keeper --once || { cat "$home/log"; return 1; }
    cat "$home/log"
    grep -F "$2" "$home/log"
}

# make_keeper NAME: a database, keys and a store; ann puts, rex keeps the records.
make_keeper()
{
    make_database "$1"
    mkdir -m 0700 "$home/keys" && mkdir "$home/objects"
    (umask 077 && openssl rand -hex 32 >"$home/kek")
    sql -c 'alter role portarium_keeper login' \
        -c "do \$\$ begin create role evidence_rex login in role portarium_app; exception when duplicate_object then null; end \$\$" \
        -c "select portarium.bind_login('evidence_rex', portarium.tenant_by_slug('ann'), 'rex', '{records}')" \
        -c "select portarium.bind_login('evidence_ann', portarium.tenant_by_slug('ann'), 'ann', '{admin,requester}')" >/dev/null
    as ann "select portarium.set_retention('scans', 'Operational', 30)" >/dev/null
}

# put CONTENT [SUBJECT]: its id.
put()
{
    as ann "select portarium.put_payload(convert_to('$1', 'UTF8'), 'scans', 'text/plain', nullif('${2:-}', ''))"
}

# got ID: what ann reads of it now.
got()
{
    as ann "select state || coalesce(' ' || convert_from(content, 'UTF8'), '') from portarium.get_payload('$1')"
}

status_of()
{
    sql -c "select status from portarium_data.attachment where payload_id = '$1'"
}

# The object's and the keys' files of a payload, as far as they are there.
files_of()
{
    (cd "$home" && find objects keys -type f -name "*$1*" | sed "s/.*$1//" | sort | tr '\n' ' ')
}

# The tenant has had everything older than the retention destroyed, or a subject forgotten.
disposed()
{
    local id
    id=$(as rex "select portarium.$1")
    as ann "select portarium.decide_disposition('$id', 'approve')" >/dev/null && seal && notary --once && same DONE "$(as ann "select portarium.dispose('$id')")"
}

make_old()
{
    sql -c "update portarium_data.attachment set put_at = put_at - interval '40 days'"
}

test_settings()
{
    make_keeper settings
    check 'nothing to do' exits 0 keeper --once
    check 'settings are shown without the key' eval "keeper --check-config | grep -F KEEPER_STORE && ! keeper --check-config | grep -F \"\$(cat '$home/kek')\""
    chmod 0755 "$home/keys"
    check 'keys that are open to others' keeper_says 1 'is open to others'
    chmod 0700 "$home/keys"
    cp "$home/kek" "$home/kek.kept" && printf 'abc\n' >"$home/kek"
    check 'a KEK that is none' keeper_says 1 'is not 64 hex digits'
    cp "$home/kek.kept" "$home/kek"
    chmod 0644 "$home/kek"
    check 'a KEK that others can read' exits 2 keeper --once
    chmod 0600 "$home/kek"
    objects=$home/nothing check 'no store' keeper_says 1 'could not open store'
    objects=s3:// check 'no bucket' exits 2 keeper --once
    check 'no such argument' exits 2 keeper now
}

test_kept()
{
    local scan large
    make_keeper kept
    scan=$(put 'a scan of seven' customer-7)
    large=$(put "$(printf 'x%.0s' {1..3000})")
    check 'new' same NEW "$(status_of "$scan")"
    check 'kept' exits 0 keeper --once
    check 'stored' same STORED "$(status_of "$scan")"
    check 'nothing of it is in the database' same '' "$(sql -c "select 1 from portarium_data.attachment where content is not null")"
    check 'an object and a key' same ' .key ' "$(files_of "$scan")"
    check 'nobody reads the object' eval "! grep -rF 'a scan' '$home/objects' '$home/keys'"
    check 'locked to its end' same t "$(sql -c "select bool_and(locked_until >= put_at + interval '30 days') from portarium_data.attachment")"
    check 'it is asked for' same FETCHING "$(got "$scan")"
    check 'and brought' exits 0 keeper --once
    check 'whole' same 'READY a scan of seven' "$(got "$scan")"
    check 'the other' same FETCHING "$(got "$large")"
    check 'is brought, too' exits 0 keeper --once
    check 'as whole' same 3006 "$(got "$large" | tr -d '\n' | wc -c)"
    as rex "select portarium.place_hold('case', subject => 'customer-7')" >/dev/null
    check 'a hold' exits 0 keeper --once
    check 'is in evidence' same payload.held "$(as ann "select kind from portarium.entries where run_id = '$scan' and kind = 'payload.held'")"
    check 'all is as it was left' same t "$(sql -c "select bool_and(convert_from(canon, 'UTF8')::jsonb -> 'good' = 'true') from portarium_data.entry where kind = 'payload.audited'")"
    seal && notary --once
    check 'the evidence of it all holds' holds ann
}

# It dies after the object is there and before the database knows.
test_crash()
{
    local scan before
    make_keeper crash
    scan=$(put 'a scan' customer-7)
    sql -c 'revoke execute on function portarium.keeper_done from portarium_keeper'
    check 'it cannot tell' keeper_says 1 'permission denied'
    check 'the object is there' same ' .key ' "$(files_of "$scan")"
    check 'the database has it, too' same NEW "$(status_of "$scan")"
    before=$(sha256sum <"$home/objects/payload/$(sql -c "select portarium.tenant_by_slug('ann')")/$scan")
    sql -c 'grant execute on function portarium.keeper_done to portarium_keeper'
    check 'back' exits 0 keeper --once
    check 'the same object' same "$before" "$(sha256sum <"$home/objects/payload/$(sql -c "select portarium.tenant_by_slug('ann')")/$scan")"
    check 'stored' same STORED "$(status_of "$scan")"
}

test_forgotten()
{
    local seven eight
    make_keeper forgotten
    seven=$(put 'a scan of seven' customer-7)
    eight=$(put 'a scan of eight' customer-8)
    check 'kept' exits 0 keeper --once
    cp -r "$home/keys" "$home/keys.old"
    check 'forgotten' disposed "propose_forgetting('customer-7', 'asked for')"
    check 'shredded' exits 0 keeper --once
    check 'a mark stands in the place of the key' same ' .gone ' "$(files_of "$seven")"
    check 'of the subject, too' same 1 "$(find "$home/keys" -maxdepth 2 -name '*.gone' | wc -l)"
    check 'the tenant is told' same 1 "$(as ann "select count(*) from portarium.entries where kind = 'subject.shredded'")"
    check 'the other subject is still read' same FETCHING "$(got "$eight")"
    check 'brought' exits 0 keeper --once
    check 'whole' same 'READY a scan of eight' "$(got "$eight")"
    cp -r "$home/keys.old/." "$home/keys/"
    check 'a key that was put back' keeper_says 3 'is back, and was shredded'
    check 'each tenant hears of it' same f "$(sql -c "select convert_from(canon, 'UTF8')::jsonb -> 'good' from portarium_data.entry where kind = 'payload.audited' order by at desc limit 1" | sed 's/alse//')"
    seal && notary --once
    check 'the evidence holds' holds ann
}

test_destroyed()
{
    local scan
    make_keeper destroyed
    scan=$(put 'a scan' customer-7)
    check 'kept' exits 0 keeper --once
    make_old
    check 'destroyed' disposed "propose_disposition('scans', 'tidy')"
    check 'removed' exits 0 keeper --once
    check 'object and key are gone' same '.gone ' "$(files_of "$scan")"
    check 'nobody reads it' exits 1 as ann "select portarium.get_payload('$scan')"
    check 'an inspection agrees' exits 0 keeper --once
    seal && notary --once
    check 'the evidence holds' holds ann
}

# A copy of the database, a store or a file from before.
test_put_back()
{
    local seven eight object
    make_keeper put_back
    seven=$(put 'a scan of seven' customer-7)
    eight=$(put 'a scan of eight' customer-8)
    check 'kept' exits 0 keeper --once
    check 'forgotten' disposed "propose_forgetting('customer-7', 'asked for')"
    check 'shredded' exits 0 keeper --once
    sql -c "update portarium_data.attachment set status = 'STORED', gone_at = null where payload_id = '$seven'"
    check 'a database that was put back asks for it' same FETCHING "$(got "$seven")"
    check 'and does not get it' keeper_says 3 'was shredded'
    sql -c "update portarium_data.attachment set status = 'SHREDDED', gone_at = now(), wanted_until = null where payload_id = '$seven'"
    object=$home/objects/payload/$(sql -c "select portarium.tenant_by_slug('ann')")/$eight
    cp "$object" "$home/kept" && chmod u+w "$object" && printf 'x' >>"$object"
    check 'an object that was changed' keeper_says 3 'as it was put'
    rm -f "$object"
    check 'one that is gone' keeper_says 3 'store does not have'
    cp "$home/kept" "$object"
    check 'all is well with the right ones' exits 0 keeper --once
    cp "$home/objects/payload/$(sql -c "select portarium.tenant_by_slug('ann')")/$seven" "$object" 2>/dev/null && chmod u+w "$object"
    check 'another one in its place' keeper_says 3 'as it was put'
}

asks_in_vain()
{
    check 'an old base backup knows the payload' same FETCHING "$(got "$1")"
    check 'and its subject' same customer-7 "$(sql -c 'select name from portarium_data.subject')"
    check 'but nobody has the key' keeper_says 3 'was shredded'
    check 'nothing of it has come back' same FETCHING "$(got "$1")"
}

# A base backup from before a subject was forgotten, run as a server of its own beside the keys and objects of today.
test_base_backup()
{
    local seven copies
    make_keeper base_backup
    seven=$(put 'a scan of seven' customer-7)
    check 'kept' exits 0 keeper --once
    copies=$(as_server mktemp -d /tmp/keeper.XXXXXX)
    check 'a backup' back_up "$copies/old"
    check 'forgotten' disposed "propose_forgetting('customer-7', 'asked for')"
    check 'shredded' exits 0 keeper --once
    with_promoted "$copies/old" asks_in_vain "$seven"
    rm -rf "$copies"
}

# A tenant that has tables of its own.
test_home()
{
    local scan
    make_keeper home
    sql -c "do \$\$ begin create role evidence_cat login in role portarium_app; exception when duplicate_object then null; end \$\$" \
        -c "select portarium.bind_login('evidence_cat', portarium.create_tenant('cat', tier => 'B'), 'cat', '{admin,requester}')" >/dev/null
    as cat "select portarium.set_retention('scans', 'Operational', 30)" >/dev/null
    scan=$(as cat "select portarium.put_payload('at home', 'scans', subject => 'customer-7')")
    check 'kept' exits 0 keeper --once
    check 'stored' same STORED "$(as cat 'select status from portarium.payloads')"
    check 'nothing is left to do' same 0 "$(sql -c 'select count(*) from portarium.keeper_work(9)')"
    as cat "select state from portarium.get_payload('$scan')" >/dev/null
    check 'brought' exits 0 keeper --once
    check 'whole' same 'READY at home' "$(as cat "select state, convert_from(content, 'UTF8') from portarium.get_payload('$scan')" | tr '|' ' ')"
    check 'inspected' same true "$(as cat "select body -> 'good' from portarium.entries where kind = 'payload.audited' limit 1")"
}

stored_by_now()
{
    local end=$((SECONDS + 20))
    until [ "$(status_of "$1")" = STORED ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

metric()
{
    curl -sf "http://127.0.0.1:$1/metrics" >"$home/metrics" || return 1
    cat "$home/metrics"
    grep -Fx "$2" "$home/metrics"
}

# Beside the test, through a restart of the server's connections.
test_serving()
{
    local scan port
    make_keeper serving
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    start_keeper "$port"
    scan=$(put 'a scan' customer-7)
    check 'stored while it runs' stored_by_now "$scan"
    sql -c "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'portarium_keeper'" >/dev/null
    scan=$(put 'another scan' customer-7)
    check 'also after its connection was lost' stored_by_now "$scan"
    check 'it said that it is ready' grep -F ready "$home/out"
    check 'it counts what it does' metric "$port" 'portarium_keeper_tasks_total{work="store"} 2'
    check 'and what it has seen' metric "$port" 'portarium_keeper_inspected_good 1'
    check 'a second one is refused' keeper_says 1 'another keeper uses it'
    stop_jobs
}
