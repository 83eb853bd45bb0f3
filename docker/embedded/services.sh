# What runs, and how it is started, waited for and stopped. A service is a name; its supervisor is the authority on it.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

# In the order of starting; stopping goes the other way.
services='postgres ledger sidecar egress executor notary keeper relay'
services_backwards='relay keeper notary executor egress sidecar ledger postgres'

# The supervisor's process id when it is really ours and runs.
supervisor_of()
{
    read -r pid 2>/dev/null <"$state/run/$1.supervisor" || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "supervise $state $1 " || return 1
    printf '%s\n' "$pid"
}

is_running()
{
    supervisor_of "$1" >/dev/null
}

is_stopped()
{
    ! is_running "$1"
}

# The program has printed its ready line since its last start.
is_ready()
{
    is_running "$1" && grep -q ready "$state/run/$1.out" 2>/dev/null
}

# Its supervisor runs and waits before it starts the program again.
is_pausing()
{
    is_running "$1" && [ ! -f "$state/run/$1.pid" ]
}

all_ready()
{
    for service in $services; do
        "${service}_is_ready" || return 1
    done
}

# start NAME STOP_SIGNAL PROGRAM [ARGUMENT ...]
start()
{
    name=$1
    if [ -f "$state/log/$name.log" ] && [ "$(wc -c <"$state/log/$name.log")" -gt 10000000 ]; then
        as_service mv "$state/log/$name.log" "$state/log/$name.log.1"
    fi
    (become_service setsid "$state/bin/supervise" "$state" "$@") </dev/null >/dev/null 2>&1 &
}

# Waits for a service's own sign of life; shows its log when that does not come.
await_ready()
{
    wait_until 30 "${1}_is_ready" && return 0
    tail -n 20 "$state/log/$1.log" >&2 || true
    die "$1 did not become ready within 30 seconds"
}

stop_service()
{
    pid=$(supervisor_of "$1") || return 0
    kill -TERM "$pid"
    wait_until 30 is_stopped "$1" && return 0
    say "$1 does not stop, killing it"
    kill -KILL "$pid" "$(cat "$state/run/$1.pid")"
    rm -f "$state/run/$1.supervisor" "$state/run/$1.pid"
}

ledger_is_ready() { is_ready ledger; }
sidecar_is_ready() { is_ready sidecar; }
egress_is_ready() { is_ready egress; }
executor_is_ready() { is_ready executor; }
notary_is_ready() { is_ready notary; }
keeper_is_ready() { is_ready keeper; }
relay_is_ready() { is_ready relay; }

start_ledger()
{
    start ledger TERM python3 -B "$state/bin/ledger.py" --database "$state/ledger.sqlite" --port "$ledger_port"
}

start_sidecar()
{
    start sidecar TERM "$state/bin/portarium-sidecar" --config "$state/conf/sidecar.conf"
}

start_egress()
{
    start egress TERM "$state/bin/portarium-egress" --config "$state/conf/egress.conf"
}

start_executor()
{
    start executor TERM "$state/bin/portarium-executor" --weak --config "$state/conf/executor.conf"
}

start_notary()
{
    start notary TERM "$state/bin/portarium-notary" --config "$state/conf/notary.conf"
}

start_keeper()
{
    start keeper TERM "$state/bin/portarium-keeper" --config "$state/conf/keeper.conf"
}

start_relay()
{
    start relay TERM "$state/bin/portarium-relay" --config "$state/conf/relay.conf"
}
