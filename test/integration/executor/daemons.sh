# shellcheck shell=bash
# Starting and stopping what the suite needs: the database, the web service, the clock, executors.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

# Programs run as an unprivileged user, from a directory that this user can enter.
make_work()
{
    work=$(mktemp -d /tmp/portarium-executor.XXXXXX)
    mkdir -p "$work"/{bin,programs/directory,credentials,runs,out}
    cp "$root"/build/portarium-{executor,relay} "$work/bin/"
    cp "$here"/programs/* "$work/programs/"
    cp "$work/programs/echo" "$work/programs/plain"
    chmod 0644 "$work/programs/plain"
    ln -s echo "$work/programs/link"
    printf 't0p-secret\n' >"$work/credentials/ledger"
    printf 't0p-secret\n' >"$work/credentials/open"
    chmod 0600 "$work/credentials/ledger"
    chmod 0644 "$work/credentials/open"
    worker=$(id -un)
    if [ "$worker" = root ]; then
        worker=postgres
        chown -R "$worker" "$work"
    fi
    chmod 0711 "$work"
    touch "$work/requests"
}

# Runs a command as the unprivileged user; the process is replaced, so that its number is the daemon's.
as_worker()
{
    if [ "$(id -u)" -eq 0 ]; then
        exec setpriv --reuid="$worker" --regid="$worker" --init-groups "$@"
    fi
    exec "$@"
}

# start_daemon NAME VARIABLE=VALUE … COMMAND …: remembers its number in the variable pid_NAME; logs to out/NAME.
start_daemon()
{
    local name=$1
    shift
    (cd / && as_worker env DATABASE_URL="host=$PGHOST port=$PGPORT dbname=executor_test user=portarium_${name%%-*}" "$@") \
        >"$work/out/$name" 2>"$work/out/$name.log" </dev/null &
    declare -g "pid_${name//-/_}=$!"
    daemons="${daemons:-} $!"
}

is_ready()
{
    grep -q ' ready ' "$work/out/$1"
}

# start_executor NAME [VARIABLE=VALUE …]: NAME is executor or executor-SOMETHING.
start_executor()
{
    local name=$1
    shift
    start_daemon "$name" EXECUTOR_NAME=one EXECUTOR_ADAPTERS=web,closed,programs,secure,bank EXECUTOR_JOBS=50 EXECUTOR_PRIVATE_NETWORK=on \
        EXECUTOR_PROGRAMS="$work/programs" EXECUTOR_CREDENTIALS="$work/credentials" \
        EXECUTOR_PROGRAM_MEMORY_MB=128 EXECUTOR_PROGRAM_PROCESSES=$((processes + 200)) LOG_LEVEL=debug "$@" \
        "$work/bin/portarium-executor"
    check "$name says that it is ready" eventually 10 is_ready "$name"
}

# kill_daemon NAME SIGNAL
kill_daemon()
{
    local pid=pid_${1//-/_}
    kill "-$2" "${!pid}"
}

# await_daemon NAME: waits for its end, at most half a minute; its exit status. Not in a subshell: only a parent can wait.
await_daemon()
{
    local pid=pid_${1//-/_} status=0
    timeout 30 tail --pid="${!pid}" -f /dev/null || kill -KILL "${!pid}"
    wait "${!pid}" || status=$?
    return "$status"
} 2>/dev/null

# check_ended LABEL NAME: it ends by itself, with status 0.
check_ended()
{
    local status=0
    await_daemon "$2" || status=$?
    check "$1" same 0 "$status"
}

# check_stopped LABEL NAME: SIGTERM ends it, with status 0.
check_stopped()
{
    kill_daemon "$2" TERM
    check_ended "$1" "$2"
}

start_web()
{
    local line
    coproc WEB { exec python3 "$here/web.py" "$work/requests"; }
    # shellcheck disable=SC2153  # set by coproc
    daemons="${daemons:-} $WEB_PID"
    read -r line <&"${WEB[0]}"
    web_url=http://127.0.0.1:${line#ready }
    start_secure_web
    processes=$(pgrep -c -u "$worker" .)
}

# The same service over TLS, with a certificate that nobody trusts but by EXECUTOR_CA.
start_secure_web()
{
    local line
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1,DNS:ledger.test -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
    chmod 0644 "$work/tls.crt"
    python3 "$here/web.py" "$work/requests" "$work/tls.crt" "$work/tls.key" >"$work/out/secure" 2>&1 &
    daemons="$daemons $!"
    eventually 10 grep -q ready "$work/out/secure"
    read -r line <"$work/out/secure"
    secure_url=https://127.0.0.1:${line#ready }
}

make_database()
{
    local version
    version=$(sed -n "s/^default_version *= *'\([0-9.]*\).*/\1/p" "$root/extension/portarium.control")
    [ "$flavour" = managed ] || version=$version+native
    psql -XAtq -d postgres -c 'create database executor_test'
    check 'the extension is installed' sql -c 'set client_min_messages = warning' \
        -c "create extension portarium version '$version'" -c 'call portarium.install()'
    sql -c 'alter role portarium_executor login' -c 'alter role portarium_relay login'
    sql -c "select portarium.create_tenant('demo', null, '$tenant')" \
        -c "select portarium.bind_login(session_user, '$tenant', 'ann', '{admin,operator,requester}')" >/dev/null
    check 'adapters are registered' register_adapters
}

register_adapters()
{
    register_adapter web http "$web_url/" && register_adapter closed http http://127.0.0.1:1 && register_adapter programs exec &&
        register_adapter secure http "$secure_url" && register_adapter bank http "$web_url/"
}

# register_adapter NAME KIND [BASE_URL]: its operations are in adapters/NAME.json; each gets a workflow of its name.
register_adapter()
{
    local operation
    sql -v operations="$(jq -c 'map_values({tier: "Auto", idempotent: false} + .)' "$here/adapters/$1.json")" \
        -v name="$1" -v kind="$2" -v url="${3:-}" >/dev/null \
        <<<"select portarium.register_adapter(:'name', :'kind', :'operations', nullif(:'url', ''))" || return
    for operation in $(jq -r keys[] "$here/adapters/$1.json"); do
        register_workflow "$1-$operation" "portarium:action:$1.$operation" || return
    done
}

# In the native flavour the background workers keep time.
start_clock()
{
    if [ "$flavour" = managed ]; then
        start_daemon relay-clock TICK=on RELAY_SINK= "$work/bin/portarium-relay"
        check 'the clock is ready' eventually 10 is_ready relay-clock
    fi
}

stop_everything()
{
    local pid
    for pid in ${daemons:-}; do
        kill -KILL "$pid" 2>/dev/null
    done
    wait 2>/dev/null
}
