#!/usr/bin/env bash
# The egress proxy against a real server and a real HTTP service: what it lets through, what it refuses, what it says.
#
# Names are resolved by a hosts file of the proxy's own. Needs the extension installed and the daemons built (make test-integration
# does both). KEEP=DIR keeps logs and events. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
suite=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$suite/../../.." && pwd)
# The database, the web service and the executor are those of the executor's suite.
here=$root/test/integration/executor
flavour=native
work=

# shellcheck source=test/integration/executor/lib.sh
. "$here/lib.sh"
# shellcheck source=test/integration/executor/daemons.sh
. "$here/daemons.sh"

end_suite()
{
    stop_everything
    rm -rf "$work"
}

# What the proxy's resolver knows; 192.0.2.0/24 is never anybody's.
write_hosts()
{
    cat >"$work/hosts" <<'END'
127.0.0.1       localhost ledger.test other.test rebound.test
192.0.2.10      mixed.test
127.0.0.1       mixed.test
169.254.169.254 metadata.test
END
}

# start_proxy NAME [VARIABLE=VALUE …]
# shellcheck disable=SC2016  # expanded by the inner shell
start_proxy()
{
    local name=$1
    shift
    start_daemon "$name" EGRESS_SOCKET="$work/$name.sock" EGRESS_EVENTS="$work/$name.events" EGRESS_CACHE_MS=300 \
        EGRESS_PRIVATE=ledger.test,other.test,127.0.0.1,metadata.test EGRESS_REQUEST_MS=500 EGRESS_IDLE_MS=2000 \
        EGRESS_RESPONSE_MAX_MB=1 "$@" \
        unshare -Urm sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts" "$work/bin/portarium-egress"
    check "$name says that it is ready" eventually 10 is_ready "$name"
}

allow()
{
    sql -c "select portarium.allow_egress('$1', '$2', $3)" >/dev/null
}

allow_hosts()
{
    local host
    for host in ledger.test rebound.test mixed.test metadata.test 127.0.0.1; do
        allow web "$host" "$web_port" || return
    done
    allow secure ledger.test "$secure_port" && allow secure 127.0.0.1 "$secure_port" && allow programs ledger.test "$web_port"
}

# probe: one counted check for each line "ok NAME" or "FAILED NAME: REASON".
probe()
{
    local word name
    while read -r word name; do
        check "$name" test "$word" = ok
    done < <(python3 "$suite/probe.py" "$work/egress.sock" "$tenant" "$web_port" "$secure_port" 2>&1)
}

test_refresh()
{
    sql -c "select portarium.revoke_egress('web', 'ledger.test', $web_port)" >/dev/null
    check 'a host that was revoked is refused within seconds' eventually 5 probe_once status_403
    allow web ledger.test "$web_port"
    check 'and reached again once allowed' eventually 5 probe_once status_200
}

probe_once()
{
    grep -q '^ok' <(python3 "$suite/probe.py" "$work/egress.sock" "$tenant" "$web_port" "$secure_port" "$1")
}

# Without the control plane nothing gets out, however often it got out before.
test_fail_closed()
{
    sql -c 'alter role portarium_egress nologin' \
        -c "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'portarium_egress'" >/dev/null
    check 'without the control plane nothing gets out' eventually 5 probe_once status_503
    sql -c 'alter role portarium_egress login'
    check 'and with it again' eventually 5 probe_once status_200
}

test_events()
{
    check 'each attempt is one event' same "$(grep -c '"message":"egress"' "$work/out/egress.log")" "$(wc -l <"$work/egress.events")"
    check 'each event is a CloudEvent' same 0 "$(jq -c 'select(.specversion != "1.0" or (.id | length) != 32 or .source == null
        or (.type | test("^portarium.egress.(allowed|refused|failed)$") | not) or .time == null)' "$work/egress.events" | wc -l)"
    check 'an allowed one says whose it is and where it went' test -n "$(jq -c --arg t "$tenant" 'select(.type == "portarium.egress.allowed"
        and .tenantid == $t and .subject == "ledger.test" and .data.adapter == "web" and .data.address == "127.0.0.1" and .data.down > 0)' "$work/egress.events")"
    check 'a refused one says why' test -n "$(jq -c 'select(.subject == "mixed.test" and .data.reason != "")' "$work/egress.events")"
}

# The executor's adapters go through the proxy: by name, by list, over TLS.
test_executor()
{
    register_adapter web http "http://ledger.test:$web_port/" && register_adapter secure http "https://ledger.test:$secure_port"
    start_executor executor EXECUTOR_PROXY="unix:$work/egress.sock" EXECUTOR_CA="$work/tls.crt" EXECUTOR_PRIVATE_NETWORK=off \
        EXECUTOR_PROGRAM_EGRESS="$work/egress-programs.sock"
    start_named plain web-whole
    start_named tls secure-post '{"id": 1}'
    start_named program programs-calls_out
    check 'a plain request arrives' eventually 10 state_is plain SUCCEEDED
    check 'one over TLS, too' eventually 10 state_is tls SUCCEEDED
    check 'a program calls out by the socket that it is given' eventually 10 state_is program SUCCEEDED
    check 'and gets the answer' same 201 "$(run_field program "output ->> 'status'")"
    sql -c "select portarium.revoke_egress('web', 'ledger.test', $web_port)" -c "select portarium.revoke_egress('secure', 'ledger.test', $secure_port)" >/dev/null
    check 'the lists are read anew' eventually 5 probe_once status_403
    sleep 0.5
    start_named refused web-whole
    start_named refused_tls secure-post '{"id": 2}'
    check 'both end' eventually 10 ended refused refused_tls
    check 'a host that is not listed cannot be reached' same "Http.Connect|the egress proxy does not let the adapter reach this host" \
        "$(run_field refused "error || '|' || cause")"
    check 'over TLS neither' same "Http.Connect|the egress proxy does not let the adapter reach this host" "$(run_field refused_tls "error || '|' || cause")"
    check_stopped 'the executor stops' executor
}

run_inside()
{
    make_work
    trap end_suite EXIT
    cp "$root/build/portarium-egress" "$work/bin/"
    write_hosts
    start_web
    sed "s/@PORT@/${web_url##*:}/" "$suite/programs/calls_out" >"$work/programs/calls_out"
    chown --reference="$work/programs" "$work/programs/calls_out" && chmod 0755 "$work/programs/calls_out"
    make_database
    sql -c 'alter role portarium_egress login'
    sql -c "select portarium.register_adapter('programs', 'exec', '{\"calls_out\": {\"tier\": \"Auto\", \"idempotent\": true, \"program\": \"calls_out\"}}')" >/dev/null
    register_workflow programs-calls_out portarium:action:programs.calls_out
    web_port=${web_url##*:} secure_port=${secure_url##*:}
    check 'hosts are allowed' allow_hosts
    start_proxy egress
    start_proxy egress-programs EGRESS_IDENTITY="$tenant/programs"
    probe
    test_refresh
    test_fail_closed
    test_executor
    check_stopped 'SIGTERM ends the proxy with status 0' egress
    test_events
    check 'its socket is gone' test ! -e "$work/egress.sock"
    [ -z "${KEEP:-}" ] || cp -r "$work" "$KEEP"
    printf '%s %s\n' "$passed" "$failed" >"$1"
}

if [ "${1:-}" = --inside ]; then
    run_inside "$2"
    exit
fi
counts=$(mktemp)
"$root/test/cluster.sh" run -o '-c shared_preload_libraries=portarium' -- bash "$suite/run.sh" --inside "$counts"
if [ -s "$counts" ]; then
    read -r passed failed <"$counts"
else
    printf 'FAILED   the suite did not come to its end\n'
    failed=1
fi
rm -f "$counts"
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
