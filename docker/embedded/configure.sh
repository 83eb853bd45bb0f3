# The daemons' settings: one file of KEY=value lines each. Secrets are named by the file that holds them.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

# The two lines by which a daemon reaches the database as its own role: database_lines SETTING ROLE
database_lines()
{
    printf '%s=host=127.0.0.1 port=%s dbname=%s user=portarium_%s\n' "$1" "$postgres_port" "$database" "$2"
    printf 'DATABASE_PASSWORD_FILE=%s/portarium_%s.password\n' "$secrets" "$2"
}

configure_services()
{
    configure_sidecar
    configure_egress
    configure_executor
    configure_notary
    configure_keeper
    configure_relay
}

configure_sidecar()
{
    {
        database_lines DATABASE sidecar
        cat <<CONF
LISTEN=127.0.0.1:$sidecar_port
ADMIN_LISTEN=127.0.0.1:$admin_port
CONTEXT_KEY_FILE=$secrets/context.key
JWT_KEYS=hs256:$secrets/jwt.key
JWT_AUDIENCE=portarium
JWT_ISSUER=portarium-embedded
CONF
    } | write_file "$state/conf/sidecar.conf" 0600
}

# The ledger is on this machine, which the proxy reaches only where the operator says so.
configure_egress()
{
    {
        database_lines DATABASE_URL egress
        cat <<CONF
EGRESS_SOCKET=$socket_dir/egress.sock
EGRESS_PRIVATE=127.0.0.1
CONF
    } | write_file "$state/conf/egress.conf" 0600
}

# The executor serves every adapter, those too that are registered later, and goes out by the proxy only.
configure_executor()
{
    {
        database_lines DATABASE_URL executor
        cat <<CONF
EXECUTOR_ADAPTERS=*
EXECUTOR_PROXY=unix:$socket_dir/egress.sock
EXECUTOR_PROGRAMS=$state/programs
EXECUTOR_CREDENTIALS=$state/credentials
CONF
    } | write_file "$state/conf/executor.conf" 0600
}

configure_notary()
{
    {
        database_lines DATABASE_URL notary
        cat <<CONF
NOTARY_KEY_FILE=$state/notary-key/notary.pem
NOTARY_STATE=$state/notary/state
NOTARY_STORE=$state/store
CONF
    } | write_file "$state/conf/notary.conf" 0600
}

configure_keeper()
{
    {
        database_lines DATABASE_URL keeper
        cat <<CONF
KEEPER_KEK_FILE=$secrets/kek.key
KEEPER_KEYS=$state/keys
KEEPER_STORE=$state/payloads
CONF
    } | write_file "$state/conf/keeper.conf" 0600
}

configure_relay()
{
    {
        database_lines DATABASE_URL relay
        cat <<CONF
RELAY_SINK=file:$state/events.jsonl
RELAY_WEBHOOKS=on
RELAY_PRIVATE_NETWORK=on
CONF
    } | write_file "$state/conf/relay.conf" 0600
}
