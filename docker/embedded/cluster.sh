# The PostgreSQL cluster: made once, with checksums; TCP on 127.0.0.1 asks for scram, the socket knows the operating system's
# user as the superuser "postgres" (root too, who could become that user anyway).
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

bindir()
{
    "$pg_config" --bindir
}

make_cluster()
{
    [ ! -f "$data/PG_VERSION" ] || return 0
    say 'making the PostgreSQL cluster'
    as_service rm -rf "$data.new"
    quietly as_service "$(bindir)/initdb" -D "$data.new" -U postgres -E UTF8 --locale=C.UTF-8 -k \
        --auth-local=peer --auth-host=reject || die 'initdb failed'
    write_cluster_settings "$data.new"
    as_service mv "$data.new" "$data"
}

write_cluster_settings()
{
    write_file "$1/pg_hba.conf" 0600 <<'HBA'
# type  database  user      address        method
local   all       postgres                 peer map=embedded
local   all       all                      scram-sha-256
host    all       postgres  127.0.0.1/32   reject
host    all       all       127.0.0.1/32   scram-sha-256
HBA
    write_file "$1/pg_ident.conf" 0600 <<IDENT
# map     operating-system user   role
embedded  $service_user           postgres
embedded  root                    postgres
IDENT
    write_file "$1/portarium.conf" 0600 <<'CONF'
shared_preload_libraries = 'portarium'
listen_addresses = '127.0.0.1'
password_encryption = 'scram-sha-256'
max_connections = 60
log_line_prefix = '%m [%p] %q%u@%d '
CONF
    printf "include 'portarium.conf'\n" | as_service tee -a "$1/postgresql.conf" >/dev/null
}

start_postgres()
{
    start postgres INT "$(bindir)/postgres" -D "$data" -p "$postgres_port" -k "$socket_dir"
}

postgres_is_ready()
{
    is_running postgres && "$(bindir)/pg_isready" -q -h "$socket_dir" -p "$postgres_port"
}

# SQL as the superuser, over the socket; errors end the launcher.
superuser_psql()
{
    PGOPTIONS=${PGOPTIONS:-} "$(bindir)/psql" -h "$socket_dir" -p "$postgres_port" -U postgres -d "$database" "$@"
}

superuser_sql()
{
    superuser_psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

# psql as the demo tenant's application.
demo_psql()
{
    PGPASSFILE=$secrets/pgpass "$(bindir)/psql" -h "$socket_dir" -p "$postgres_port" -U portarium_demo -d "$database" "$@"
}
