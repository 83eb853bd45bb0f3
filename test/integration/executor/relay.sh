# shellcheck shell=bash
# The relay: every sealed event, in order, at least once.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

test_relay()
{
    check 'everything is sealed' eventually 10 sql_is 0 'select count(*) from portarium.entries where not sealed'
    sealed=$(sql -c 'select count(*) from portarium.entries')
    check 'there is something to deliver' test "$sealed" -gt 100
    test_relay_file
    test_relay_http
    test_relay_killed
    check 'a sink must be given' refused_relay RELAY_SINK=
    check 'and be one' refused_relay RELAY_SINK=ftp://host/
}

refused_relay()
{
    local status=0
    env "$1" "$work/bin/portarium-relay" >/dev/null 2>&1 || status=$?
    [ "$status" -eq 2 ]
}

# gapless FILE: the sequences in it, one a line, are 0, 1, 2 … as many as are sealed.
gapless()
{
    diff <(seq 0 $((sealed - 1))) <(sed 's/^0*\([0-9]\)/\1/' "$1") >/dev/null
}

test_relay_file()
{
    local events=$work/out/events.jsonl
    start_daemon relay-file RELAY_NAME=file RELAY_SINK="file:$events" RELAY_BATCH=30 "$work/bin/portarium-relay"
    check 'the relay is ready' eventually 10 is_ready relay-file
    check 'all events arrive' eventually 20 lines_are "$sealed" "$events"
    jq -r .sequence "$events" >"$work/out/sequences"
    check 'in order, each once' gapless "$work/out/sequences"
    check 'they are CloudEvents' jq -es 'all(.specversion == "1.0" and (.type | startswith("portarium."))
        and .id == .tenantid + "/" + (.sequence | tonumber | tostring))' "$events"
    check 'no payload is among them' no_payload "$events"
    mv "$events" "$events.1"
    kill_daemon relay-file HUP
    check 'SIGHUP makes the file anew' eventually 5 test -e "$events"
    start_named for_relay web-ok '{"id": 1, "amount": 1}'
    check 'an event comes within seconds' eventually 10 test -s "$events"
    check_stopped 'SIGTERM ends it with status 0' relay-file
    check 'everything is sealed' eventually 10 sql_is 0 'select count(*) from portarium.entries where not sealed'
    sealed=$(sql -c 'select count(*) from portarium.entries')
}

lines_are()
{
    same "$1" "$(wc -l <"$2")"
}

no_payload()
{
    ! grep -q 'two words\|"amount"\|größer' "$1"
}

# sequences PATH: of the events that were sent to a path, in order.
sequences()
{
    jq -r "select(.path == \"$1\") | .body | fromjson | .sequence" "$work/requests"
}

# The sink refuses every tenth event once: it comes again before any later one.
test_relay_http()
{
    start_daemon relay-http RELAY_NAME=http RELAY_SINK="$web_url/events/http" RELAY_BATCH=20 RELAY_INTERVAL_MS=50 \
        "$work/bin/portarium-relay" --once
    await_daemon relay-http
    check 'an event is refused' logged relay-http 'HTTP status 503'
    start_daemon relay-http RELAY_NAME=http RELAY_SINK="$web_url/events/http" RELAY_BATCH=20 RELAY_INTERVAL_MS=50 \
        RELAY_TOKEN_FILE="$work/credentials/ledger" "$work/bin/portarium-relay"
    check 'all events arrive' eventually 60 arrived /events/http
    check_stopped 'the relay leaves' relay-http
    sequences /events/http | uniq >"$work/out/sequences"
    check 'in order in spite of refusals' gapless "$work/out/sequences"
    check 'with the token' saw_request '.path == "/events/http" and .headers.Authorization == "Bearer t0p-secret"'
    check 'as structured CloudEvents' saw_request '.path == "/events/http" and (.headers["Content-Type"] | startswith("application/cloudevents+json"))'
}

# arrived PATH: as many different events as are sealed.
arrived()
{
    same "$sealed" "$(sequences "$1" | sort -u | wc -l)"
}

test_relay_killed()
{
    local round
    for round in 1 2 3; do
        start_daemon relay-killed RELAY_NAME=killed RELAY_SINK="$web_url/slow_events/$round" RELAY_BATCH=10 "$work/bin/portarium-relay"
        check 'some events arrive' eventually 10 saw_request ".path == \"/slow_events/$round\""
        kill_daemon relay-killed KILL
        await_daemon relay-killed
    done
    start_daemon relay-killed RELAY_NAME=killed RELAY_SINK="$web_url/slow_events/4" RELAY_BATCH=10 "$work/bin/portarium-relay" --once
    check_ended 'the last relay ends by itself' relay-killed
    for round in 1 2 3 4; do
        sequences "/slow_events/$round"
    done >"$work/out/all"
    awk '!seen[$0]++' "$work/out/all" >"$work/out/sequences"
    check 'no event is left out, nor out of order' gapless "$work/out/sequences"
}
