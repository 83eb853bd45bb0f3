# shellcheck shell=bash
# A tenant between the tiers: there and back, with evidence of it; writers and an executor that go on meanwhile; a mover that is killed
# in each of its steps; a move that is taken back.
#
# shellcheck disable=SC2154  # root and work are run.sh's
# SPDX-License-Identifier: PostgreSQL

# The tenant's place, its log and its rows, in one line.
place()
{
    sql tiers -c "select t.tier, t.epoch, t.moving, coalesce(t.home is not null, false),
            (select count(*) from portarium_data.run r where r.tenant_id = t.tenant_id),
            to_regnamespace(portarium_int.home_name(t.tenant_id)) is not null
        from portarium_data.tenant t where t.slug = '$1'"
}

# As an administrator, who is no superuser and may make no roles.
move()
{
    sql tiers -U tiers_mover -c "call portarium.move_tenant(portarium.tenant_by_slug('$1'), '$2')"
}

# broken: what the invariants say of the tenant.
broken()
{
    sql tiers -c "select invariant, detail from portarium.check_invariants() where tenant_id = portarium.tenant_by_slug('mover') limit 5"
}

test_move()
{
    sql tiers -c "select portarium.create_tenant('mover')" >/dev/null
    act_for tiers mover
    work tiers 20
    sql tiers -c "select portarium.append_evidence('app.unsealed', '{}')" >/dev/null
    check 'a move to tier B' move mover B
    check 'the tenant is at home' same 'B|2|f|t|0|t' "$(place mover)"
    check 'with all its runs' sql_is '40' tiers 'select count(*) from portarium.runs'
    check 'and its unsealed entry' sql_is '1' tiers "select count(*) from portarium.entries where kind = 'app.unsealed' and index is null"
    sql tiers -c 'call portarium.tick()'
    check 'the sealer goes on there' sql_is '0' tiers 'select count(*) from portarium.entries where index is null'
    check 'evidence is good' same true "$(verdict tiers)"
    check 'the move is an entry with the same root twice' sql_is 'A B t 20' tiers "
        select concat_ws(' ', body ->> 'from_tier', body ->> 'to_tier', body ->> 'old_root' = body ->> 'new_root', split_part(body -> 'tables' ->> 'workflow', ':', 1)::int * 10)
        from portarium.entries where kind = 'tenant.moved'"
    check 'the invariants hold' same '' "$(broken)"
    work tiers 5
    check 'a second call has nothing to do' move mover B
    sql tiers -c "select portarium.create_reader(portarium.tenant_by_slug('mover'))" >/dev/null
    check 'who may drop no roles does not move a tenant with a reader' refused 42501 tiers 'set role tiers_mover' \
        "call portarium.move_tenant(portarium.tenant_by_slug('mover'), 'A')"
    check 'a move back' sql tiers -c "call portarium.move_tenant(portarium.tenant_by_slug('mover'), 'A')"
    check 'takes the reader along' sql_is 0 tiers "select count(*) from pg_roles where rolname ~ '_reader\$'"
    check 'the tenant is among the others' same 'A|3|f|f|50|f' "$(place mover)"
    check 'its evidence is good' same true "$(verdict tiers)"
    work tiers 1
    check 'and stays good' same true "$(verdict tiers)"
    check 'the invariants hold again' same '' "$(broken)"
    check 'there is no tier D' refused UP007 tiers "call portarium.move_tenant(portarium.tenant_by_slug('mover'), 'D')"
    check 'nor a tenant like that' refused UP404 tiers "call portarium.move_tenant('00000000-0000-0000-0000-000000000000', 'B')"
    check 'only an administrator moves' refused 42501 tiers 'set role portarium_app' "call portarium.move_tenant(portarium.tenant_by_slug('mover'), 'B')"
    check 'nor takes a move back' refused 42501 tiers 'set role portarium_app' "call portarium.cancel_move('00000000-0000-0000-0000-000000000000')"
    check 'what does not move cannot be taken back' refused UP110 tiers "call portarium.cancel_move(portarium.tenant_by_slug('mover'))"
}

# The mover, killed where a second session stops it. What is committed is as it was after the step before.
#
# killed_in NAME STATEMENT TIER CONDITION: the second session has done STATEMENT and rests; the mover is killed when CONDITION holds for it
killed_in()
{
    local mover holder_pid
    coproc holder { PGAPPNAME='tiers holder' psql -XAtq -d tiers 2>&1; }
    holder_pid=$holder_PID
    printf '%s;\n' "$2" >&"${holder[1]}"
    eventually 20 sql_is 1 tiers "select count(*) from pg_stat_activity where application_name = 'tiers holder' and state like 'idle%' and query like '${2:0:6}%'"
    sql tiers -U tiers_mover -c "set application_name = 'tiers mover'" -c "call portarium.move_tenant(portarium.tenant_by_slug('mover'), '$3')" >/dev/null 2>&1 &
    mover=$!
    check "killed $1: it came there" eventually 20 sql_is 1 tiers "select count(*) from pg_stat_activity where application_name = 'tiers mover' and ($4)"
    sql tiers -c "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'tiers mover'" >/dev/null
    sql tiers -c "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'tiers holder'" >/dev/null
    kill "$holder_pid"
    wait "$mover" "$holder_pid" 2>/dev/null
    check "killed $1: the tenant works" works
    check "killed $1: the invariants hold" same '' "$(broken)"
}

works()
{
    work tiers 2 && same true "$(verdict tiers)"
}

test_move_killed()
{
    local waits="wait_event_type = 'Lock'"
    act_for tiers mover
    # an older transaction is waited for before anything is copied
    killed_in 'while it waits for older transactions' 'begin' B "wait_event = 'PgSleep'"
    check 'the tenant has not moved' same 'A|3|t|f' "$(place mover | cut -d '|' -f 1-4)"
    check 'nobody else may go on with another tier' refused UP110 tiers "call portarium.move_tenant(portarium.tenant_by_slug('mover'), 'A')"
    check 'it can be taken back' sql tiers -U tiers_mover -c "call portarium.cancel_move(portarium.tenant_by_slug('mover'))"
    check 'nothing is left of it' same 'A|3|f|f|f' "$(place mover | cut -d '|' -f 1-4,6)"
    sql tiers -c "create function public.stop() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock(7); return null; end'" >/dev/null
    for step in 'tenant_move update' 'tenant update' 'tenant_move delete'; do
        # shellcheck disable=SC2086
        set -- $step
        sql tiers -c "create trigger stop after $2 on portarium_data.$1 for each statement execute function public.stop()"
        killed_in "at the $2 of $1" 'select pg_advisory_lock(7)' B "$waits"
        sql tiers -c "drop trigger stop on portarium_data.$1"
    done
    check 'the next call ends it' move mover B
    check 'the tenant is at home' same 'B|4|f|t|0|t' "$(place mover)"
    for step in 'tenant update' 'tenant_move delete'; do
        # shellcheck disable=SC2086
        set -- $step
        sql tiers -c "create trigger stop after $2 on portarium_data.$1 for each statement execute function public.stop()"
        killed_in "on the way back at the $2 of $1" 'select pg_advisory_lock(7)' A "$waits"
        sql tiers -c "drop trigger stop on portarium_data.$1"
    done
    check 'and so it does on the way back' move mover A
    check 'the tenant is among the others' same 'A|5|f|f|f' "$(place mover | cut -d '|' -f 1-4,6)"
    check 'four moves have left four entries' sql_is 4 tiers "select count(*) from portarium.entries where kind = 'tenant.moved'"
    check 'evidence is good' same true "$(verdict tiers)"
}

register()
{
    psql -XAtq -F ' ' -d tiers -U portarium_executor -c "select * from portarium.register_executor('busy', '{act}')"
}

# Four writers and two executors go on while the tenant moves there and back: what was answered is there, once, and ends.
test_move_busy()
{
    local started executor epoch writers executors
    local -a exchange=(-n -M prepared -U portarium_executor -f "$root/test/bench/exchange.sql" -D 'acks=[]' -D want=10)
    sql tiers >/dev/null <<SQL
do \$\$ begin
    if to_regrole('tiers_app') is null then create role tiers_app login in role portarium_app; end if;
    alter role portarium_executor login;
end \$\$;
select portarium.register_adapter('act', 'http', '{"do": {"tier": "Auto", "idempotent": true, "method": "POST", "path": "/"}}', 'http://127.0.0.1:9');
select portarium.register_workflow('act', '{"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": "portarium:action:act.do", "End": true}}}'::jsonb);
select portarium.bind_login('tiers_app', portarium.tenant_by_slug('mover'), 'ada', '{requester}');
SQL
    printf '%s\n' "select portarium.start_run('act', '{\"n\": 1}');" >"$work/start.sql"
    read -r executor epoch < <(register)
    exchange+=(-D "executor=$executor" -D "epoch=$epoch")
    pgbench -n -U tiers_app -c 4 -T 10 -f "$work/start.sql" tiers >"$work/started" 2>&1 &
    writers=$!
    pgbench "${exchange[@]}" -c 2 -T 12 tiers >"$work/exchanged" 2>&1 &
    executors=$!
    check 'a busy tenant moves to tier B' move mover B
    check 'and back' move mover A
    check 'and there again' move mover B
    wait "$writers"
    check 'no writer saw an error' same '0 0' "$? $(grep -c ERROR "$work/started")"
    wait "$executors"
    check 'no executor did' same '0 0' "$? $(grep -c ERROR "$work/exchanged")"
    started=$(sed -n 's/^number of transactions actually processed: //p' "$work/started")
    check 'every run that was started is there' sql_is "$started" tiers "select count(*) from portarium.runs where workflow = 'act'"
    # what the executors had claimed when they ended is claimed again
    read -r executor epoch < <(register)
    exchange+=(-D "epoch=$epoch")
    sql tiers -c 'call portarium.tick()'
    pgbench "${exchange[@]}" -c 1 -t $((started / 10 + 50)) tiers >"$work/drained" 2>&1
    check 'and ends' sql_is "SUCCEEDED $started" tiers "select string_agg(distinct state, ' ') || ' ' || count(*) from portarium.runs where workflow = 'act'"
    sql tiers -c 'call portarium.tick()'
    check 'the invariants hold' same '' "$(broken)"
    check 'evidence is good' same true "$(verdict tiers)"
}
