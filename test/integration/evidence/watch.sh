# shellcheck shell=bash
# Verifications that come round, under the clock that each flavour has: signed, killed in the middle and going on, and finding.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# Without background workers somebody calls the clock.
tick()
{
    [ "$flavour" = native ] || sql -c 'call portarium.tick(1)'
}

# until_it SQL-CONDITION: of ann's verification, within two minutes.
until_it()
{
    local end=$((SECONDS + 120))
    until [ "$(sql -c "select $1 from portarium_data.verification")" = t ]; do
        [ "$SECONDS" -lt "$end" ] || { sql -c 'table portarium_data.verification'; return 1; }
        tick || return 1
        sleep 0.02
    done
}

# watched CONDITION: one more verification comes to its end, and its outcome is so.
watched()
{
    as ann 'select portarium.verify_every(24)' && sql -c "update portarium_data.verification set ended = null" &&
        until_it "ended is not null and ($1)"
}

newest_event()
{
    as ann "select $2 from portarium.events(after => '1-24000', max_rows => 1000) e where e.event ->> 'type' like '%$1' order by e.event ->> 'time' desc limit 1"
}

# A copy of the server as it is now, on the same timeline.
start_copy()
{
    as_server "$bin/pg_ctl" -D "$1/data" -o "-k $1 -p $PGPORT -c listen_addresses='' $options" -l "$1/log" -w start >/dev/null
}

dies_half_way()
{
    as ann 'select portarium.verify_every(24)' && until_it "part = 'LEAVES' and size >= 2000" &&
        as_server "$bin/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null
}

half_way()
{
    sql -c 'select began, epoch from portarium_data.verification'
}

killed()
{
    local before
    start_copy "$1" || return 1
    check 'it is killed in the middle' dies_half_way "$1"
    start_copy "$1" || return 1
    before=$(half_way)
    check 'what it had done is still there' until_it 'size >= 2000 or ended is not null'
    check 'and it comes to its end' until_it "part = 'REST' and good"
    check 'as the same one' same "${before%|*}" "$(sql -c 'select began from portarium_data.verification')"
    check 'each leaf once' same t "$(sql -c "select checked = signed and checked between 24000 and (select max(t.size) from portarium_data.tree t) from portarium_data.verification")"
    as_server "$bin/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null
}

test_watch()
{
    local copies
    make_database watch
    sql -c "select portarium.bind_login('evidence_ann', portarium.tenant_by_slug('ann'), 'ann', '{admin}')" >/dev/null
    as ann "select count(portarium.append_evidence('app.note', jsonb_build_object('n', n))) from generate_series(1, 24000) n" >/dev/null
    seal && notary --once
    check 'a log that is signed' watched 'good'
    check 'all that is signed was looked at' same 't|t' "$(sql -c "select checked >= 24000, signed = checked from portarium_data.verification")"
    if [ "$flavour" = native ]; then
        check 'down to the signatures' same signed "$(sql -c 'select signatures from portarium_data.verification')"
    else
        check 'as far as this flavour can' same unchecked "$(sql -c 'select signatures from portarium_data.verification')"
    fi
    seal && notary --once
    check 'the outcome is signed, too' same true "$(newest_event evidence.verified "e.event -> 'data' -> 'good'")"
    copies=$(as_server mktemp -d /tmp/watch.XXXXXX)
    check 'a copy of the server' back_up "$copies"
    PGHOST=$copies killed "$copies"
    rm -rf "$copies"
    sql -c 'delete from portarium_data.notary_key'
    check 'a checkpoint that no trusted key has signed' watched "not good and reason like 'checkpoint % is not signed by a trusted key'"
    sql -c "select portarium.trust_notary_key('$(cat "$home/key.vkey")')" >/dev/null
    sql -c "update portarium_data.entry set actor = 'eve' where (tenant_id, stream_id, seq) = (select tenant_id, stream_id, seq from portarium_data.leaf where idx = 20000)"
    check 'an entry that was changed' watched "not good and reason = 'epoch 1, index 20000: entry does not have its hash'"
    seal
    check 'is an event' same '"epoch 1, index 20000: entry does not have its hash"' "$(newest_event evidence.broken "e.event -> 'data' -> 'reason'")"
    check 'and a level' same 1 "$(sql -c "select value from portarium.relay_gauges() where name = 'verifications.broken'")"
}
