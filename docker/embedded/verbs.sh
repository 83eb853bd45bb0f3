# The verbs of the launcher.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

# Starts only what does not run; when everything is ready it changes nothing.
verb_up()
{
    [ $# -eq 0 ] || die_usage 'up takes no argument'
    bring_up
    print_addresses
}

bring_up()
{
    if [ -d "$state" ] && [ -f "$state/addresses" ] && all_ready; then
        return 0
    fi
    ensure_packages
    make_state
    lock_state
    say 'building'
    ensure_build
    ensure_extension
    install_programs
    start_stack
}

start_stack()
{
    is_running postgres || choose_addresses
    make_secrets
    make_passfile
    make_cluster
    start_unless_running postgres
    setup_database
    configure_services
    for service in ledger sidecar egress executor notary keeper relay; do
        start_unless_running "$service"
    done
}

# A service that failed with its old settings gets a new supervisor and need not wait for the old one's pause.
start_unless_running()
{
    ! is_pausing "$1" || stop_service "$1"
    is_running "$1" || "start_$1"
    await_ready "$1"
}

print_addresses()
{
    cat <<ADDRESSES
HTTP API     $api_url
metrics      $admin_url/metrics
ledger       $ledger_url
PostgreSQL   host=127.0.0.1 port=$postgres_port dbname=$database user=portarium_demo   (./portarium psql)
ADDRESSES
}

verb_down()
{
    [ $# -eq 0 ] || die_usage 'down takes no argument'
    stop_stack
    say 'stopped'
}

stop_stack()
{
    [ -d "$state" ] || return 0
    lock_state
    for service in $services_backwards; do
        stop_service "$service"
    done
}

# One line a service; status 0 when all are ready.
verb_status()
{
    [ $# -eq 0 ] || die_usage 'status takes no argument'
    require_state
    for service in $services; do
        if ! is_running "$service"; then
            word=stopped
        elif "${service}_is_ready"; then
            word=ready
        else
            word=starting
        fi
        pid=$(cat "$state/run/$service.pid" 2>/dev/null) || pid=-
        printf '%-10s %-9s pid %s\n' "$service" "$word" "$pid"
    done
    say
    print_addresses
    all_ready
}

require_state()
{
    [ -f "$state/addresses" ] || die 'there is no stack here yet; start one with: ./portarium up'
}

# A daemon that its supervisor is starting again is waited for.
require_running()
{
    require_state
    for service in $services; do
        is_running "$service" || die "$service does not run; start the stack with: ./portarium up"
    done
    wait_until 30 all_ready || die 'the stack does not become ready; see: ./portarium status, ./portarium logs'
}

verb_psql()
{
    require_state
    if [ "${1:-}" = --superuser ]; then
        shift
        superuser_psql "$@"
    else
        demo_psql "$@"
    fi
}

# Runs one of the Python programs of the launcher with what it needs to reach the stack.
tool()
{
    program=$1
    shift
    PORTARIUM_API=$api_url \
    PORTARIUM_JWT_KEY=$secrets/jwt.key \
    PORTARIUM_TENANT=$demo_tenant \
    PORTARIUM_LEDGER=$ledger_url \
    PORTARIUM_ROOT=$root \
        python3 -B "$parts/tool/$program.py" "$@"
}

verb_token()
{
    [ $# -eq 3 ] || die_usage 'usage: ./portarium token TENANT ACTOR ROLE[,ROLE]'
    require_running
    demo_tenant=$(tenant_id "$1")
    tool bearer "$2" "$3"
}

verb_run()
{
    [ $# -eq 2 ] || die_usage 'usage: ./portarium run DOCUMENT INPUT'
    [ -r "$1" ] || die_usage "cannot read \"$1\""
    [ -r "$2" ] || die_usage "cannot read \"$2\""
    require_running
    demo_tenant=$(tenant_id demo)
    tool run "$1" "$2"
}

# test tries the adapter's contract; try, which it calls for each attempt, does one operation as the executor would.
verb_adapter()
{
    case "$#:${1:-}" in
        2:test) ;;
        1:try) ;;
        *) die_usage 'usage: ./portarium adapter test NAME | adapter try < REQUEST' ;;
    esac
    if [ "$1" = try ]; then
        require_state
        as_service "$state/bin/portarium-executor" --weak --config "$state/conf/executor.conf" --try
        return
    fi
    require_running
    demo_tenant=$(tenant_id demo)
    PORTARIUM_TRIAL="'$root/portarium' adapter try" tool adapter "$2"
}

verb_approve()
{
    [ $# -ge 1 ] || die_usage 'usage: ./portarium approve ID [WHY]'
    require_running
    demo_tenant=$(tenant_id demo)
    tool decide approve "$@"
}

verb_deny()
{
    [ $# -ge 1 ] || die_usage 'usage: ./portarium deny ID [WHY]'
    require_running
    demo_tenant=$(tenant_id demo)
    tool decide deny "$@"
}

verb_demo()
{
    [ "$*" != --compose ] || exec "$root/docker/compose.sh" demo
    [ $# -eq 0 ] || die_usage 'usage: ./portarium demo [--compose]'
    bring_up
    demo_tenant=$(tenant_id demo)
    status=0
    tool demo || status=$?
    say
    say 'The stack keeps running; ./portarium down stops it, ./portarium destroy deletes it.'
    print_addresses
    return "$status"
}

# Entries are sealed and signed within a second or two of their commit; the bundle covers everything committed before the call.
verb_export()
{
    [ $# -eq 1 ] || die_usage 'usage: ./portarium export FILE'
    require_running
    now=$(demo_psql -XAtq -c 'select clock_timestamp()')
    wait_until 30 is_signed_until "$now" ||
        die 'the evidence was not sealed and signed within 30 seconds; see: ./portarium logs notary'
    demo_psql -XAtq -v ON_ERROR_STOP=1 -c 'select portarium.export_evidence()' >"$1.new"
    mv "$1.new" "$1"
}

# Every entry up to this moment has its place in the log, and the newest checkpoint covers it.
is_signed_until()
{
    [ "$(demo_psql -XAtq -v moment="$1" <<'SQL'
select coalesce(bool_and(index is not null), true)
    and coalesce(max(index) + 1, 0) <= (select coalesce(max(covers), 0) from portarium.checkpoints)
from portarium.entries
where at <= :'moment';
SQL
    )" = t ]
}

# The verifier reads the file and a key it was not told by the file.
verb_verify()
{
    [ $# -le 1 ] || die_usage 'usage: ./portarium verify [FILE]'
    require_state
    if [ $# -eq 1 ]; then
        bundle=$1
    else
        bundle=$(mktemp)
        verb_export "$bundle"
    fi
    status=0
    "$state/bin/portarium-verify" --key "$state/notary-key/notary.pem.vkey" "$bundle" || status=$?
    [ $# -eq 1 ] || rm -f "$bundle"
    return "$status"
}

# Needs no stack: the proof makes worlds of its own.
verb_prove()
{
    ensure_packages
    ensure_build
    ensure_extension
    "$root/test/prove/run.sh" "$@"
}

verb_logs()
{
    require_state
    if [ $# -eq 0 ]; then
        tail -n 10 "$state"/log/*.log
    else
        [ -f "$state/log/$1.log" ] || die_usage "there is no log of \"$1\"; there are: $services"
        tail -n 50 -f "$state/log/$1.log"
    fi
}

verb_destroy()
{
    [ $# -eq 0 ] || die_usage 'destroy takes no argument'
    [ -f "$state/README" ] || die 'there is no stack here'
    stop_stack
    case ${socket_dir:-} in
        /tmp/portarium-*) rm -rf "$socket_dir" ;;
    esac
    rm -rf "$state"
    [ -z "$link" ] || rm -f "$link"
    say 'deleted'
}
