# shellcheck shell=bash
# Sixty-four writers whose sessions are ended at random, and whose server is killed under them, twice: what a transaction wrote beside its
# entry is there exactly when the entry is, every entry has its place once, and no place is empty.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# The application's own table says which entries there must be.
write_both()
{
    cat <<'SQL'
begin;
insert into public.written select e.entry_id from portarium.append_evidence('app.kept', '{}') e;
commit;
SQL
}

# One of the writers' sessions, whichever.
end_session()
{
    sql -c "select pg_terminate_backend(pid) from (
        select pid from pg_stat_activity where usename = 'evidence_ann' order by random() limit 1) p" >/dev/null
}

# Until so many rows are written, or two minutes; meanwhile forty of the sessions end.
written_by_now()
{
    local ended=0 end=$((SECONDS + 120))
    until [ "$(sql -c 'select count(*) from public.written')" -ge "$1" ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        [ "$ended" -ge 40 ] || end_session
        ended=$((ended + 1))
    done
}

# write_and_die DIRECTORY COUNT: writers beside a sealer, until so many rows are there; then the server is killed, and comes back.
write_and_die()
{
    local jobs_before=${#jobs_started[@]}
    pgbench -n -c 64 -j 2 -T 600 -f "$home/write.sql" -U evidence_ann evidence_test >/dev/null 2>&1 &
    jobs_started+=("$!")
    while :; do sql -c 'select portarium_int.seal(500)'; done >/dev/null 2>&1 &
    jobs_started+=("$!")
    written_by_now "$2" || return 1
    as_server "$bin/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null
    kill "${jobs_started[@]:jobs_before}" 2>/dev/null
    wait "${jobs_started[@]:jobs_before}" 2>/dev/null
    jobs_started=("${jobs_started[@]:0:jobs_before}")
    start_copy "$1"
}

# Neither without the other.
entries_are_as_written()
{
    same '0|0' "$(sql -c "select (select count(*) from public.written w where not exists (
            select from portarium_data.entry e where e.stream_id = w.id and e.kind = 'app.kept')),
        (select count(*) from portarium_data.entry e where e.kind = 'app.kept' and not exists (select from public.written w where w.id = e.stream_id))")"
}

writers_and_kills()
{
    start_copy "$1" || return 1
    check 'writers whose sessions end' write_and_die "$1" 1500
    check 'writers after a crash' write_and_die "$1" 3000
    seal
    check 'nothing is left of what was cut, and nothing else is missing' entries_are_as_written
    check 'every entry has its leaf, once' everything_sealed_once
    check 'and no index is empty' no_gap
    check 'the notary signs it' exits 0 notary --once
    check 'the chain holds' holds ann
    check 'and so says the database' same t "$(as ann 'select ok from portarium.verify_evidence()')"
    as_server "$bin/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null
}

test_kills()
{
    local copy
    make_database kills
    sql -c 'create table public.written (id uuid)' -c 'grant insert on public.written to evidence_ann'
    write_both >"$home/write.sql"
    copy=$(as_server mktemp -d /tmp/kills.XXXXXX)
    check 'a copy of the server' back_up "$copy"
    PGHOST=$copy writers_and_kills "$copy"
    stop_jobs
    rm -rf "$copy"
}
