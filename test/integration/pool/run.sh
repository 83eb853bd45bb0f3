#!/usr/bin/env bash
# Tenants that share connections: a real pgbouncer in transaction mode with one connection to the server, and prepared statements of the
# protocol on one connection that serves tenants in turn.
#
#   test/integration/pool/run.sh
#
# Needs the extension installed. Where pgbouncer is not installed its part is skipped. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

# shellcheck source=test/integration/extension/lib.sh
. "$root/test/integration/extension/lib.sh"

as_server()
{
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

key='\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

# token SLUG ACTOR: for the login that the pool connects as.
token()
{
    sql pool -c "select portarium.context_token(portarium.tenant_by_slug('$1'), '$2', '{admin}', 'k1', '$key', login => 'pool_app')"
}

make_tenants()
{
    make_database pool "$1"
    sql pool -c 'create role pool_app login in role portarium_app' -c "select portarium.create_tenant('acme'), portarium.create_tenant('globex', tier => 'B')" \
        -c "select portarium.add_context_key('k1', '$key')" >/dev/null
    ana=$(token acme ana) gil=$(token globex gil)
}

# The pool listens in a directory of its own and has one connection for everybody.
start_pool()
{
    as_server mkdir "$PGHOST/pool"
    printf '"pool_app" ""\n' >"$PGHOST/pool/users"
    cat >"$PGHOST/pool/ini" <<CONF
[databases]
pool = host=$PGHOST port=$PGPORT dbname=pool
[pgbouncer]
unix_socket_dir = $PGHOST/pool
listen_addr =
listen_port = 6432
auth_type = trust
auth_file = $PGHOST/pool/users
pool_mode = transaction
default_pool_size = 1
logfile = $PGHOST/pool/log
pidfile = $PGHOST/pool/pid
CONF
    chmod 644 "$PGHOST/pool/users" "$PGHOST/pool/ini"
    as_server "$(command -v pgbouncer || echo /usr/sbin/pgbouncer)" -q -d "$PGHOST/pool/ini" &&
        eventually 10 pooled -c 'select 1'
}

stop_pool()
{
    kill "$(cat "$PGHOST/pool/pid")"
    eventually 10 eval "! [ -e '$PGHOST/pool/pid' ]"
}

# pooled ARGUMENT …: as a client of the pool.
pooled()
{
    psql -XAtq -v ON_ERROR_STOP=1 -h "$PGHOST/pool" -p 6432 -U pool_app -d pool "$@"
}

# As TOKEN in a transaction: STATEMENT.
in_context()
{
    pooled -c "begin; set local portarium.ctx = '$1'" -c "$2" -c 'commit'
}

# A client keeps its statement in the connection that the next one gets; it may not use a name of the first one's rows.
prepared_by_another()
{
    in_context "$ana" 'prepare mine as select min(actor), count(distinct actor) from portarium.entries' &&
        same 'ana|1' "$(in_context "$ana" 'execute mine')" && same 'gil|1' "$(in_context "$gil" 'execute mine')" && same '|0' "$(pooled -c 'execute mine')"
}

same_connection()
{
    same "$(pooled -c 'select pg_backend_pid()')" "$(in_context "$gil" 'select pg_backend_pid()')"
}

# An error in the middle leaves nobody behind.
after_an_error()
{
    ! in_context "$ana" 'select 1 / 0' && same '' "$(pooled -c 'select portarium.tenant_id()')"
}

# What is set for the session is dead in the next transaction, whoever's it is.
after_session_set()
{
    pooled -c "set portarium.ctx = '$ana'"
    same '' "$(pooled -c 'select portarium.tenant_id() where portarium.tenant_id() is not null' 2>/dev/null)" &&
        same gil "$(in_context "$gil" 'select portarium.actor()')"
}

many_clients()
{
    pgbench -n -c 8 -j 2 -t 40 -h "$PGHOST/pool" -p 6432 -U pool_app -D "ana='$ana'" -D "gil='$gil'" -f "$here/both.sql" pool
}

# The same statements, prepared once each, for both tenants in turn.
prepared_by_protocol()
{
    PGOPTIONS="-c plan_cache_mode=$1" pgbench -n -M prepared -c 2 -t 60 -U pool_app -D "ana=$ana" -D "gil=$gil" -f "$here/both.sql" pool
}

test_pool()
{
    check 'one plan for all, prepared by the protocol' prepared_by_protocol force_generic_plan
    check 'a plan each, prepared by the protocol' prepared_by_protocol auto
    if ! command -v pgbouncer >/dev/null && ! [ -x /usr/sbin/pgbouncer ]; then
        skip pgbouncer 'it is not installed'
        return
    fi
    check 'the pool' start_pool
    check 'has one connection for all' same_connection
    check 'many clients, two tenants' many_clients
    check 'a statement prepared by another client' prepared_by_another
    check 'an error in between' after_an_error
    if [ "$cluster" = native ]; then
        check 'a context set for the session' after_session_set
    else
        skip 'a context set for the session' 'the managed flavour rests on SET LOCAL'
    fi
    check 'the pool ends' stop_pool
}

if [ "${1:-}" = --inside ]; then
    cluster=$2
    version=$managed
    [ "$2" = managed ] || version=$native
    make_tenants "$version"
    test_pool
    printf '%s %s %s\n' "$passed" "$failed" "$skipped" >"$3"
    exit
fi

counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
for cluster in managed native; do
    options=
    [ "$cluster" = managed ] || options='-c shared_preload_libraries=portarium'
    : >"$counts"
    "$root/test/cluster.sh" run -o "$options" -- bash "$here/run.sh" --inside "$cluster" "$counts"
    read -r ok bad left <"$counts" || { ok=0 bad=1 left=0; printf 'FAILED   %s: the suite did not come to its end\n' "$cluster"; }
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
done
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
