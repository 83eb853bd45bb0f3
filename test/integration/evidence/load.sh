# shellcheck shell=bash
# Many writers, some of which roll back or stay open for long, beside the sealer and the notary: every entry that was
# committed is sealed once, and nothing else is.
#
# shellcheck disable=SC2154
# SPDX-License-Identifier: PostgreSQL

# One pgbench transaction of three kinds: short, with a savepoint that goes, rolled back.
write_script()
{
    cat <<'SQL'
\set kind random(1, 10)
begin;
select portarium.append_evidence('app.kept', jsonb_build_object('n', :kind));
\if :kind < 4
savepoint s;
select portarium.append_evidence('app.dropped', jsonb_build_object('n', :kind));
rollback to s;
select portarium.append_evidence('app.kept', jsonb_build_object('n', :kind));
\endif
\if :kind = 10
rollback;
\else
commit;
\endif
SQL
}

# Takes its number first and commits last.
write_late()
{
    as ann "begin; select portarium.append_evidence('app.late', '{}'); select pg_sleep(2); select portarium.append_evidence('app.late', '{}'); commit"
}

nothing_dropped()
{
    same '' "$(sql -c "select 1 from portarium_data.entry where kind = 'app.dropped' limit 1")"
}

everything_sealed_once()
{
    same 't|t' "$(sql -c "select (select count(*) from portarium_data.entry) = (select count(*) from portarium_data.leaf),
        not exists (select from portarium_data.leaf group by tenant_id, stream_id, seq having count(*) > 1)")"
}

no_gap()
{
    same '' "$(sql -c 'select 1 from portarium_data.leaf group by tenant_id having max(idx) + 1 <> count(*)')"
}

test_load()
{
    local tenant first
    make_database load
    write_script >"$home/write.sql"
    write_late >/dev/null &
    first=$!
    while :; do sql -c 'select portarium_int.seal(500)'; done >/dev/null 2>&1 &
    jobs_started+=("$!")
    start_notary
    for tenant in ann bob; do
        pgbench -n -U "evidence_$tenant" -c 8 -j 1 -T 4 -f "$home/write.sql" evidence_test >"$home/$tenant.pgbench" 2>&1 &
        jobs_started+=("$!")
    done
    check 'the late one' ended "$first"
    check 'writers of one tenant' ended "${jobs_started[2]}"
    check 'writers of the other' ended "${jobs_started[3]}"
    jobs_started=("${jobs_started[@]:0:2}")
    stop_jobs
    seal
    check 'nothing is sealed that was rolled back' nothing_dropped
    check 'every entry is sealed once' everything_sealed_once
    check 'without a gap' no_gap
    check 'the late entries too' same 2 "$(as ann "select count(*) from portarium.entries where kind = 'app.late' and sealed")"
    check 'the notary signs the rest' exits 0 notary --once
    check 'the store is whole' store_is_whole
    check 'the bundle holds' holds ann
    check 'the other one holds' holds bob
    check 'and so says the database' same t "$(as bob 'select ok from portarium.verify_evidence()')"
}
