-- health() in production: nothing to say about a fresh installation, and an error for each way to break a promise.
-- SPDX-License-Identifier: PostgreSQL
begin;
select plan(27);
set local client_min_messages = warning;

select is_empty($$ select * from portarium.health() where severity = 'error' $$, 'a fresh installation has no error');
select is((select finding from portarium.health() where severity = 'info' and subject = 'flavour'), portarium_int.flavour(), 'it names its flavour');

-- What health() says more once the statement has run; the statement's effects are gone afterwards.
create function pg_temp.broken(p_sql text)
    returns text
    language plpgsql
    as $$
declare
    v_said text;
begin
    execute p_sql;
    select string_agg(h.subject || ': ' || h.finding, ', ' order by h.subject, h.finding)
    into v_said
    from portarium.health() h
    where h.severity = 'error';
    raise exception using errcode = 'UP901', message = coalesce(v_said, 'nothing');
exception
    when sqlstate 'UP901' then
        return sqlerrm;
end
$$;

select is(pg_temp.broken(b.sql), b.finding, b.sql)
from (values
    ('drop policy pt_wall on portarium_data.run', 'table portarium_data.run: the wall is missing'),
    ('drop policy pt_wall on portarium_data.run; create policy pt_wall on portarium_data.run to portarium_owner, portarium_app using (tenant_id = portarium.tenant_id()) with check (tenant_id = portarium.tenant_id())',
        'table portarium_data.run: policy "pt_wall" opens the table to others, table portarium_data.run: the wall is permissive'),
    ('alter policy pt_wall on portarium_data.run using (true)', 'table portarium_data.run: the wall does not compare with the tenant of the context'),
    ('alter policy pt_wall on portarium_data.run with check (true)', 'table portarium_data.run: the wall does not compare with the tenant of the context'),
    ('alter policy pt_wall on portarium_data.run using (tenant_id = portarium.tenant_id() or true) with check (tenant_id = portarium.tenant_id() or true)',
        'table portarium_data.run: the wall does not compare with the tenant of the context'),
    ('alter policy pt_wall on portarium_data.run to portarium_app', 'table portarium_data.run: the wall does not hold owner and applications'),
    ('create policy stray on portarium_data.run using (true)', 'table portarium_data.run: policy "stray" opens the table to others'),
    ('alter table portarium_data.run disable row level security', 'table portarium_data.run: row-level security is off'),
    ('alter table portarium_data.run no force row level security', 'table portarium_data.run: row-level security is not forced'),
    ('alter table portarium_data.run owner to postgres; grant all on portarium_data.run to portarium_owner', 'table portarium_data.run: role "postgres" may DELETE, table portarium_data.run: role "postgres" may INSERT, table portarium_data.run: role "postgres" may SELECT, table portarium_data.run: role "postgres" may UPDATE, table portarium_data.run: the owner is not portarium_owner'),
    ('create unique index stray on portarium_data.run (run_id)', 'table portarium_data.run: unique key "stray" does not begin with the tenant'),
    ('alter table portarium_data.definition add unique (def_id); alter table portarium_data.workflow add constraint stray foreign key (def_id) references portarium_data.definition (def_id)',
        'table portarium_data.definition: unique key "definition_def_id_key" does not begin with the tenant, table portarium_data.workflow: foreign key "stray" does not carry the tenant'),
    ('create trigger stray before insert on portarium_data.run for each row execute function suppress_redundant_updates_trigger()', 'table portarium_data.run: trigger "stray" acts on data'),
    ('grant select on portarium_data.run to portarium_app', 'table portarium_data.run: role "portarium_app" may SELECT'),
    ('grant select (input) on portarium_data.run to public', 'table portarium_data.run: role "public" may SELECT'),
    ('grant delete on portarium_data.entry to portarium_owner', 'table portarium_data.entry: role "portarium_owner" may DELETE evidence'),
    ('alter function portarium.start_run(text, jsonb, text, timestamptz, int, text) reset all', 'function portarium.start_run(text,jsonb,text,timestamp with time zone,integer,text): a SECURITY DEFINER function without our search_path'),
    ('alter function portarium.start_run(text, jsonb, text, timestamptz, int, text) set search_path = public', 'function portarium.start_run(text,jsonb,text,timestamp with time zone,integer,text): a SECURITY DEFINER function without our search_path'),
    ('alter function portarium.start_run(text, jsonb, text, timestamptz, int, text) owner to postgres', 'function portarium.start_run(text,jsonb,text,timestamp with time zone,integer,text): a SECURITY DEFINER function of another role'),
    ('grant execute on function portarium_int.seal(int) to public', 'function portarium_int.seal(integer): may be called by everybody'),
    ('alter function portarium.tenant_id() immutable', 'function portarium.tenant_id(): says who is asking and is not STABLE'),
    ('alter role portarium_app bypassrls', 'role portarium_app: has BYPASSRLS')
) b (sql, finding);

select bag_eq($$ select subject from portarium_int.server_findings(150008) $$, array['CVE-2024-10976', 'CVE-2025-8713'],
    'a minor release with faults in row-level security is named, each fault');
select is_empty($$ select * from portarium_int.server_findings(current_setting('server_version_num')::int) $$, 'this server has none of them');
select matches((select finding from portarium_int.lock_findings(100)), '^a dump locks [0-9]+ tables at once and the lock table has room for 100$',
    'a lock table that a dump would fill is noticed');

select * from finish();
rollback;
