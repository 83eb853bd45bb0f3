# shellcheck shell=bash
# The context in a session, in a server that does not load the library at its start: what is set before the first call.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

tenant=00000000-0000-7000-8000-000000000001
key='\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

token()
{
    sql session -c "select portarium.context_token('$tenant', 'ana', '{}', 'k1', '$key')"
}

started_with()
{
    PGOPTIONS="-c portarium.ctx=$1" psql -XAtq -v VERBOSITY=sqlstate -d session -c 'select portarium.tenant_id()' 2>&1
}

test_session()
{
    local token who='select portarium.tenant_id()'
    make_database session "$native"
    sql session -c "select portarium.create_tenant('acme', null, '$tenant')" -c "select portarium.add_context_key('k1', '$key')" >/dev/null
    token=$(token)
    check 'SET LOCAL before the library is loaded' same "$tenant" "$(sql session -1 -c "set local portarium.ctx = '$token'" -c "$who")"
    check 'SET in an earlier transaction, before the library is loaded' refused UP202 session "set portarium.ctx = '$token'" "$who"
    check 'SET below SET LOCAL, before the library is loaded' refused UP202 session \
        "set portarium.ctx = '$token'" 'begin' "set local portarium.ctx = '$token'" "$who" 'rollback' "$who"
    check 'SET in an earlier transaction' sql_is '' session "load 'portarium'; set portarium.ctx = '$token'; commit; select 1 where portarium.tenant_id() is not null"
    check 'a token in the startup packet' same '' "$(started_with "$token" | grep "$tenant")"
    check 'a token of a role' refused UP202 session 'create role session_app' "load 'portarium'" "alter role session_app set portarium.ctx = '$token'"
    check 'a reserved prefix' refused 42602 session "load 'portarium'" "set portarium.unknown = '1'"
    check 'discarded' sql_is '' session "load 'portarium'; begin; set portarium.ctx = '$token'; reset all; select portarium.tenant_id(); commit"
    check 'naps when nobody can wake it' sql session -c 'call portarium.await(1, 60000)'
    psql -Xq -d postgres -c 'drop database session' -c 'drop role session_app'
}
