# shellcheck shell=bash
# The daemons of the suite: each by portarium-everywhere, with settings in which %d is the database, and a web service for the executor.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh, and for them
# SPDX-License-Identifier: PostgreSQL

daemons='executor relay notary keeper'

make_work()
{
    work=$(mktemp -d)
    mkdir -m 0700 "$work"/{notary-keys,store,keys,payloads,out} && mkdir "$work/events"
    (umask 077 && openssl rand -hex 32 >"$work/kek")
    write_settings executor EXECUTOR_ADAPTERS='*' EXECUTOR_PRIVATE_NETWORK=on
    write_settings relay "RELAY_SINK=file:$work/events/%d" "TICK=$([ "$cluster" = "$managed" ] && echo on || echo off)"
    write_settings notary "NOTARY_KEY_FILE=$work/notary-keys/%d.pem" "NOTARY_STATE=$work/state-%d" "NOTARY_STORE=$work/store/%d" \
        NOTARY_INTERVAL_MS=100
    write_settings keeper "KEEPER_KEK_FILE=$work/kek" "KEEPER_KEYS=$work/keys/%d" "KEEPER_STORE=$work/payloads/%d" KEEPER_INTERVAL_MS=100
}

# write_settings DAEMON LINE …
write_settings()
{
    local daemon=$1
    shift
    printf '%s\n' "DATABASE_URL=host=$PGHOST port=$PGPORT dbname=%d user=portarium_$daemon" "$@" >"$work/$daemon.conf"
}

# Whatever happened, nothing is left running.
end_work()
{
    stop_daemons
    [ -z "${WEB_PID:-}" ] || kill "$WEB_PID"
    rm -rf "$work"
}

start_web()
{
    local line
    coproc WEB { exec python3 "$root/test/integration/executor/web.py" "$work/requests"; }
    read -r line <&"${WEB[0]}"
    web_url=http://127.0.0.1:${line#ready }
}

# The control database's notary key; provision makes those of the others.
trust_control()
{
    "$root/build/portarium-notary" keygen --name "$(sql control -c 'select origin from portarium.notary_head()')" \
        --key "$work/notary-keys/control.pem" >/dev/null
    sql control -c "select portarium.trust_notary_key('$(cat "$work/notary-keys/control.pem.vkey")')" >/dev/null
}

start_everywhere()
{
    "$root/build/portarium-everywhere" --control control --config "$work/$1.conf" -- \
        "$root/build/portarium-$1" --config "$work/$1.conf" >"$work/out/$1" 2>>"$work/out/$1.log" </dev/null &
    declare -g "pid_$1=$!"
}

start_daemons()
{
    local daemon
    for daemon in $daemons; do start_everywhere "$daemon"; done
}

pid_of()
{
    local name=pid_$1
    printf '%s\n' "${!name:-}"
}

# How many processes of the daemon there are.
children()
{
    pgrep -c -P "$(pid_of "$1")"
}

none_left()
{
    local pid
    for pid in "$@"; do
        ! kill -0 "$pid" 2>/dev/null || return 1
    done
}

ends_with_children()
{
    local -a left
    mapfile -t left < <(pgrep -P "$(pid_of "$1")")
    kill -KILL "$(pid_of "$1")"
    wait "$(pid_of "$1")" 2>/dev/null
    eventually 60 none_left "${left[@]}"
}

# stop_daemons: each ends well when it is told to.
stop_daemons()
{
    local daemon status=0
    for daemon in $daemons; do
        [ -n "$(pid_of "$daemon")" ] || continue
        kill "$(pid_of "$daemon")"
        if ! wait "$(pid_of "$daemon")"; then
            printf '%s did not end well\n' "$daemon"
            tail -n 20 "$work/out/$daemon.log"
            status=1
        fi
        declare -g "pid_$daemon="
    done
    return "$status"
}
