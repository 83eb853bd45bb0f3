# shellcheck shell=bash
# The launcher itself: what runs, who may read what, that a second call changes nothing, that the demo is good twice.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

test_stack()
{
    check 'status says that all is ready' status 0 "$launcher" status
    check 'a second up is quick' timeout 5 "$launcher" up
    check 'an unknown verb is a wrong call' status 2 "$launcher" no-such-verb
    check 'data checksums are on' same on "$launcher" psql --superuser -XAtqc 'show data_checksums'
    check 'TCP asks for a password' refuses_without_password
    check 'psql is the demo tenant' sql_is demo 'select portarium.actor()'
    check 'psql --superuser is the superuser' same on "$launcher" psql --superuser -XAtqc 'show is_superuser'
    check 'secrets are private' secrets_are_private
    check 'no secret is on a command line' no_secret_on_command_lines
    check 'HTTP refuses a call without a token' http_status 401 '' GET /runs
    check 'HTTP refuses a token of another key' http_status 401 "$(forged_token)" GET /runs
}

test_demo()
{
    check 'the demo is good' demo_says 'all is as it should be'
    check 'a file gets no colours' no_colours "$work/demo.out"
    check 'the demo is good a second time' demo_says 'all is as it should be'
    check 'the second demo stored nothing' same 53 order_effects
}

# The executor has no way out but the proxy, and the proxy lets nobody out who was not allowed to.
test_way_out()
{
    check 'what the demo did went out by the proxy' egress_says allowed ledger
    "$launcher" psql -XAtq -v ON_ERROR_STOP=1 -v url="$ledger_url" >/dev/null <<'SQL'
select portarium.register_adapter('stray', 'http', '{"do": {"method": "GET", "path": "/effects/count", "tier": "Auto", "idempotent": true}}', :'url');
select from portarium.register_workflow('stray',
    '{"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": "portarium:action:stray.do", "TimeoutSeconds": 20, "End": true}}}');
select portarium.start_run('stray', '{}');
SQL
    check 'an adapter that may reach nothing fails' eventually 20 sql_is FAILED "select state from portarium.runs where workflow = 'stray'"
    check 'because the proxy refuses' egress_says refused stray
}

# An adapter with a contract is tried through the executor's credentials and its way out.
test_adapter()
{
    register_tried Http.404
    check 'an adapter with a contract is disabled' sql_is f "select enabled from portarium.adapters where name = 'tried'"
    check 'what is as it declares passes' status 0 "$launcher" adapter test tried
    check 'and is enabled' sql_is t "select enabled from portarium.adapters where name = 'tried'"
    register_tried Http.500
    check 'what is not does not' status 1 "$launcher" adapter test tried
    check 'and is disabled' sql_is f "select enabled from portarium.adapters where name = 'tried'"
    check 'another verb of adapters is a wrong call' status 2 "$launcher" adapter untested
}

# register_tried ERROR: with a case that says what the ledger answers where nothing is.
register_tried()
{
    "$launcher" psql -XAtq -v ON_ERROR_STOP=1 -v url="$ledger_url" -v port="${ledger_url##*:}" -v error="$1" >/dev/null <<'SQL'
select portarium.register_adapter('tried', 'http', jsonb_build_object(
    'count', '{"method": "GET", "path": "/effects/count", "idempotent": true, "contract": [{"input": {}, "output": {"status": 200}}]}'::jsonb,
    'nothing', '{"method": "GET", "path": "/nowhere"}'::jsonb || jsonb_build_object('contract', jsonb_build_array(
        jsonb_build_object('input', 1, 'error', :'error')))), :'url');
select portarium.allow_egress('tried', '127.0.0.1', :port);
SQL
}

egress_says()
{
    grep -qE "\"verdict\":\"$1\".*\"adapter\":\"$2" "$PORTARIUM_STATE/log/egress.log" || { tail -n 5 "$PORTARIUM_STATE/log/egress.log"; return 1; }
}

demo_says()
{
    "$launcher" demo >"$work/demo.out" 2>&1 || { cat "$work/demo.out"; return 1; }
    grep -qF "$1" "$work/demo.out"
}

no_colours()
{
    ! grep -q "$(printf '\033')" "$1"
}

order_effects()
{
    ledger /effects/count | python3 -c 'import json, sys; print(json.load(sys.stdin)["kinds"]["order"])'
}

refuses_without_password()
{
    ! PGPASSFILE=/dev/null psql -w -h 127.0.0.1 -p "$postgres_port" -U portarium_demo -d portarium -c 'select 1' 2>"$work/refusal" &&
        grep -q 'no password supplied' "$work/refusal"
}

# Nothing in the folders of keys and settings is open to anybody but its owner.
secrets_are_private()
{
    local open
    open=$(find "$PORTARIUM_STATE"/{secrets,conf,notary-key,keys} -perm /077 ! -name '*.vkey')
    [ -z "$open" ] || { printf '%s\n' "$open"; return 1; }
}

no_secret_on_command_lines()
{
    local file secret
    for file in "$PORTARIUM_STATE"/secrets/*.password "$PORTARIUM_STATE"/secrets/*.key; do
        secret=$(awk '{ print $NF }' "$file")
        # the search itself must not show it either
        if grep -aqF -f <(printf '%s\n' "$secret") <(cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null); then
            printf '%s is visible\n' "$file"
            return 1
        fi
    done
}

# http_status WANTED TOKEN METHOD PATH [BODY]
http_status()
{
    local wanted=$1 answer
    shift
    answer=$(http "$@")
    [ "${answer%% *}" = "$wanted" ] || { printf 'wanted %s, got %s\n' "$wanted" "$answer"; return 1; }
}

forged_token()
{
    local token
    token=$("$launcher" token demo demo admin)
    printf '%s.%s' "${token%.*}" 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
}
