# What the database must hold before the daemons start: the extension, their logins, the keys it checks with, the demo
# tenant, its application's login and the adapters. Every step finds what is there already and changes nothing then.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

setup_database()
{
    make_database
    make_logins
    give_keys
    make_demo_tenant
    register_adapters
}

make_database()
{
    if [ "$(superuser_sql -d postgres -c "select 1 from pg_database where datname = '$database'")" != 1 ]; then
        say 'making the database and installing the extension'
        superuser_sql -d postgres -c "create database $database template template0 encoding 'UTF8'" \
            -c "revoke temporary on database $database from public"
    fi
    superuser_sql -c 'set client_min_messages = warning' \
        -c 'create extension if not exists portarium' \
        -c 'call portarium.install()' \
        -c 'call portarium.migrate()'
}

# The daemons' roles come with the extension; the operator, here this script, gives them LOGIN and a password.
make_logins()
{
    {
        printf 'set client_min_messages = warning;\n'
        printf "select count(*) = 0 as missing from pg_roles where rolname = 'portarium_demo' \\\\gset\n"
        printf '\\if :missing\n    create role portarium_demo in role portarium_app;\n\\endif\n'
        printf 'grant temporary on database %s to portarium_demo;\n' "$database"
        for login in $logins; do
            printf "alter role %s login password '%s';\n" "$login" "$(cat "$secrets/$login.password")"
        done
    } | superuser_sql
}

# The context key is what tokens are checked with, the notary's public key what signatures are checked with.
give_keys()
{
    read -r key_id key <"$secrets/context.key"
    printf "select portarium.add_context_key('%s', '\\\\x%s');\n" "$key_id" "$key" | superuser_sql >/dev/null
    make_notary_key
    superuser_sql -c "select portarium.trust_notary_key('$(cat "$state/notary-key/notary.pem.vkey")')" >/dev/null
}

# The key's name is the log's origin, which the database knows.
make_notary_key()
{
    [ ! -f "$state/notary-key/notary.pem.vkey" ] || return 0
    origin=$(superuser_sql -c "select origin from portarium.notary_head()")
    as_service "$state/bin/portarium-notary" keygen --name "$origin" --key "$state/notary-key/notary.pem" >/dev/null
}

make_demo_tenant()
{
    superuser_sql >/dev/null <<'SQL'
do $$
begin
    perform portarium.tenant_by_slug('demo');
exception when sqlstate 'UP404' then
    perform portarium.create_tenant('demo', 'Demo tenant');
end
$$;
select portarium.bind_login(
    'portarium_demo',
    portarium.tenant_by_slug('demo'),
    'demo',
    '{admin,operator,approver,requester}');
SQL
}

# Each adapter with the ledger's address of this start, which it may reach; what is as it should be is left alone.
register_adapters()
{
    for file in "$root"/examples/adapters/*.json; do
        demo_psql -XAtq -v ON_ERROR_STOP=1 -v adapter="$(cat "$file")" -v url="$ledger_url" -v port="$ledger_port" >/dev/null <<'SQL'
select portarium.register_adapter(n.name, n.kind, n.operations, :'url')
from jsonb_to_record(:'adapter'::jsonb) as n (name text, kind text, operations jsonb)
where not exists (
    select from portarium.adapters a
    where (a.name, a.kind, a.operations, a.base_url) = (n.name, n.kind, n.operations, :'url'));
select portarium.allow_egress(:'adapter'::jsonb ->> 'name', '127.0.0.1', :port);
SQL
    done
}

# The id of a tenant that is given by its id or its slug.
tenant_id()
{
    superuser_sql -v tenant="$1" <<'SQL' || die "there is no tenant \"$1\""
select case when :'tenant' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    then :'tenant'
    else portarium.tenant_by_slug(:'tenant')::text end;
SQL
}
