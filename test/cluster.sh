#!/usr/bin/env bash
# A throwaway PostgreSQL cluster for one command.
#
#   test/cluster.sh run [-o 'postgres options'] [-l LOGFILE] -- command …
#
# Order: private directory, initdb, start, the command with PGHOST PGPORT PGUSER PGDATABASE set, stop, remove; the
# exit status is the command's. fsync and JIT are off and two-phase commit is on; -o options win over these settings;
# -l keeps a copy of the server's log.
#
# The server runs as the caller, or as user "postgres" when the caller is root (PostgreSQL refuses root). The command
# always runs as the caller and reaches the server by its socket, so the server's user needs no access to the
# repository. Whoever reaches the socket is trusted: the directory's mode (0700) is the lock.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail

PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
cluster_dir=
log_copy=

die()
{
    printf 'cluster.sh: %s\n' "$1" >&2
    exit 2
}

# Run a command as the server's user, from a directory that user can enter.
as_server()
{
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u "$server_user" -- "$@")
    else
        "$@"
    fi
}

# A directory that the server's user can enter: $TMPDIR unless it is closed to that user.
make_dir()
{
    local base=${TMPDIR:-/tmp}
    as_server test -x "$base" || base=/tmp
    cluster_dir=$(mktemp -d "$base/portarium.XXXXXX")
    [ "$(id -u)" -ne 0 ] || chown "$server_user" "$cluster_dir"
    # The socket's path must fit sockaddr_un (107 bytes).
    [ "${#cluster_dir}" -le 80 ] || die "the path \"$cluster_dir\" is too long for a socket"
}

# A port nobody listens on. It only matters to callers that switch TCP on with -o.
free_port()
{
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
    die "found no free port"
}

# Whatever happened, the server ends and its directory goes.
# shellcheck disable=SC2317  # the EXIT trap calls it
cleanup()
{
    [ -n "$cluster_dir" ] || return 0
    if [ -f "$cluster_dir/data/postmaster.pid" ]; then
        as_server "$bindir/pg_ctl" -D "$cluster_dir/data" -m immediate -w stop >/dev/null || true
    fi
    [ -z "$log_copy" ] || cp "$cluster_dir/log" "$log_copy" 2>/dev/null || true
    rm -rf "$cluster_dir"
    cluster_dir=
}

start()
{
    local options=$1 port
    port=$(free_port)
    as_server "$bindir/initdb" -D "$cluster_dir/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >/dev/null ||
        die "initdb failed"
    as_server tee -a "$cluster_dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
port = $port
unix_socket_directories = '$cluster_dir'
fsync = off
jit = off
max_prepared_transactions = 10
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %b %q%d '
CONF
    if ! as_server "$bindir/pg_ctl" -D "$cluster_dir/data" -l "$cluster_dir/log" -o "$options" -t 60 -w start >/dev/null; then
        cat "$cluster_dir/log" >&2 || true
        die "the server did not start"
    fi
    export PGHOST=$cluster_dir PGPORT=$port PGUSER=postgres PGDATABASE=postgres
}

run()
{
    local options='' status=0
    while getopts o:l: opt; do
        case $opt in
            o) options=$OPTARG ;;
            l) log_copy=$OPTARG ;;
            *) die "usage: cluster.sh run [-o 'postgres options'] [-l LOGFILE] -- command …" ;;
        esac
    done
    shift $((OPTIND - 1))
    [ $# -gt 0 ] || die "no command given"
    bindir=$("$PG_CONFIG" --bindir)
    server_user=postgres
    trap cleanup EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    make_dir
    start "$options"
    "$@" || status=$?
    exit "$status"
}

[ "${1:-}" = run ] || die "usage: cluster.sh run [-o 'postgres options'] [-l LOGFILE] -- command …"
shift
run "$@"
