#!/usr/bin/env bash
# Tenants of tier B where one session cannot see it: a dump of one of them and its return, an older dump, three hundred of them (in the
# managed flavour forty).
#
#   test/integration/tiers/run.sh
#
# Needs the extension installed. Both flavours in one cluster. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

# shellcheck source=test/integration/extension/lib.sh
. "$root/test/integration/extension/lib.sh"
# shellcheck source=test/integration/tiers/dump.sh
. "$here/dump.sh"
# shellcheck source=test/integration/tiers/move.sh
. "$here/move.sh"
# shellcheck source=test/integration/tiers/many.sh
. "$here/many.sh"

# act_for DATABASE SLUG: statements of the superuser, from now on, are the tenant's.
act_for()
{
    sql "$1" -c "select portarium.bind_login(session_user, portarium.tenant_by_slug('$2'), 'ada', '{admin,operator}')" >/dev/null
}

# work DATABASE N: N runs that end by themselves and N that wait, sealed.
work()
{
    sql "$1" >/dev/null <<SQL
select portarium.register_workflow('pure', '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'::jsonb),
    portarium.register_workflow('later', '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}'::jsonb);
select portarium.start_run('pure', jsonb_build_object('n', n)), portarium.start_run('later') from generate_series(1, $2) n;
call portarium.tick();
SQL
}

# verdict DATABASE: what verify_evidence() says of the tenant that the session acts for.
verdict()
{
    sql "$1" -c "select ok || coalesce(' ' || reason, '') from portarium.verify_evidence()"
}

if [ "${1:-}" = --inside ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    many=40
    for version in "$managed" "$native"; do
        cluster=$version
        make_database "tiers" "$version"
        sql tiers -c 'drop role if exists tiers_dumper, tiers_mover' -c 'create role tiers_dumper login in role portarium_backup' \
            -c 'create role tiers_mover login in role portarium_admin' >/dev/null 2>&1
        test_dump
        test_move
        test_move_killed
        test_move_busy
        test_many "$many"
        many=300
        psql -XAtq -d postgres -c "drop database tiers with (force)" >/dev/null
    done
    printf '%s %s %s\n' "$passed" "$failed" "$skipped" >"$2"
    exit
fi

counts=$(mktemp)
"$root/test/cluster.sh" run -o '-c shared_preload_libraries=portarium -c portarium.scheduler=off' -- bash "$here/run.sh" --inside "$counts"
if [ -s "$counts" ]; then
    read -r passed failed skipped <"$counts"
else
    printf 'FAILED   the suite did not come to its end\n'
    failed=1
fi
rm -f "$counts"
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
