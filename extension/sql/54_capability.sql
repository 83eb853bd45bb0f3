-- SPDX-License-Identifier: PostgreSQL
-- What an adapter says of itself beyond how it is called: the shape of what goes in and comes out, what undoes an operation, what only
-- plans it, what finds out whether it was done, what its system allows and needs, and the cases that it must pass before runs may use it. Said at registration, checked there,
-- shown as a matrix.

-- The members of an operation that are for people and tests; no job carries them.
create function portarium_int.declared_members()
    returns text[]
    language sql
    immutable
    parallel safe
    as $$ select '{compensation,contract,dry_run,egress,input,output,quota,reconcile,scopes}'::text[] $$;

-- An adapter keeps apart what jobs carry and what is only declared; together they are what was registered.
create function portarium_int.carried_part(p_operations jsonb)
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_object_agg(o.key, o.value - portarium_int.declared_members()) from pg_catalog.jsonb_each(p_operations) o
$$;

create function portarium_int.declared_part(p_operations jsonb)
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_object_agg(d.name, d.members)
    from (
        select o.key as name, pg_catalog.jsonb_object_agg(m.key, m.value) as members
        from pg_catalog.jsonb_each(p_operations) o
        cross join lateral pg_catalog.jsonb_each(o.value) m
        where m.key = any (portarium_int.declared_members())
        group by o.key) d
$$;

create function portarium_int.whole_operations(p_carried jsonb, p_declared jsonb)
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_object_agg(o.key, o.value || coalesce(p_declared -> o.key, '{}')) from pg_catalog.jsonb_each(p_carried) o
$$;

-- Where a URL leads: host:port in lower case.
create function portarium_int.destination_of(p_url text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.lower(u[2]) || ':' || coalesce(u[4], case pg_catalog.lower(u[1]) when 'https' then '443' else '80' end)
    from pg_catalog.regexp_match(p_url, '^(https?)://(\[[^]]*\]|[^/?#:]+)(:([0-9]+))?', 'i') u
$$;

create function portarium_int.is_text_array(p_value jsonb, p_pattern text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_typeof(p_value) = 'array'
        and not pg_catalog.jsonb_path_exists(p_value, '$[*] ? (@.type() != "string")')
        and not exists (select from pg_catalog.jsonb_array_elements_text(p_value) e where e !~ p_pattern)
$$;

create function portarium_int.is_schema(p_value jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select p_value is null or pg_catalog.jsonb_typeof(p_value) in ('object', 'boolean') $$;

-- A case says what goes in, and either the error that must come of it or, if anything, what the output must contain.
create function portarium_int.is_contract(p_value jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select p_value is null or pg_catalog.jsonb_typeof(p_value) = 'array' and p_value <> '[]' and not exists (
        select from pg_catalog.jsonb_array_elements(p_value) c
        where pg_catalog.jsonb_typeof(c) <> 'object' or not c ? 'input' or c ? 'error' and c ? 'output'
            or pg_catalog.jsonb_typeof(coalesce(c -> 'error', '""')) <> 'string'
            or c - '{name,input,error,output}'::text[] <> '{}')
$$;

create function portarium_int.is_quota(p_value jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select p_value is null or pg_catalog.jsonb_typeof(p_value) = 'object'
        and p_value ->> 'scope' in ('credential', 'tenant', 'operation')
        and coalesce(pg_catalog.jsonb_path_exists(p_value, '$ ? (@.requests.type() == "number" && @.requests >= 1
            && @.seconds.type() == "number" && @.seconds >= 1)'), false)
        and p_value - '{scope,requests,seconds}'::text[] = '{}'
$$;

-- What finds out is asked on no person's behalf and perhaps often, so it is idempotent and Auto, and done by whoever does the operation.
create function portarium_int.is_question(p_operations jsonb, p_name text)
    returns boolean
    language plpgsql
    immutable
    as $$
declare
    v_reconcile jsonb := p_operations -> p_name -> 'reconcile';
    v_asks jsonb := p_operations -> (v_reconcile ->> 'operation');
begin
    return coalesce(pg_catalog.jsonb_typeof(v_reconcile) = 'object' and v_reconcile - '{operation,absent}'::text[] = '{}'
        and pg_catalog.jsonb_typeof(v_reconcile -> 'absent') = 'string' and v_reconcile ->> 'absent' <> ''
        and v_reconcile ->> 'operation' <> p_name and v_asks -> 'idempotent' = 'true' and coalesce(v_asks ->> 'tier', 'Auto') = 'Auto'
        and not v_asks ? 'requires', false);
end
$$;

-- What is wrong with what one operation declares; null: nothing.
create function portarium_int.wrong_declaration(p_kind text, p_base_url text, p_operations jsonb, p_name text)
    returns text
    language plpgsql
    immutable
    as $$
declare
    v_op jsonb := p_operations -> p_name;
    v_plan jsonb := p_operations -> (v_op ->> 'dry_run');
begin
    return case
        when not portarium_int.is_schema(v_op -> 'input') then 'has an "input" that is no JSON Schema'
        when not portarium_int.is_schema(v_op -> 'output') then 'has an "output" that is no JSON Schema'
        when v_op ? 'compensation' and (v_op ->> 'compensation' = p_name or not p_operations ? (v_op ->> 'compensation'))
            then 'names a "compensation" that is no other operation of the adapter'
        when v_op ? 'dry_run' and (v_op ->> 'dry_run' = p_name or (v_plan -> 'idempotent') is distinct from 'true')
            then 'names a "dry_run" that is no other, idempotent operation of the adapter'
        when v_op ? 'reconcile' and not portarium_int.is_question(p_operations, p_name)
            then 'has a "reconcile" that does not say operation, another one that is idempotent and Auto, and absent, an error''s name'
        when not portarium_int.is_quota(v_op -> 'quota') then 'has a "quota" without scope, requests and seconds'
        when v_op ? 'scopes' and not portarium_int.is_text_array(v_op -> 'scopes', '.') then 'has "scopes" that are no names'
        when v_op ? 'egress' and not portarium_int.is_text_array(v_op -> 'egress', '^[^:/[:space:]]+:[0-9]{1,5}$|^\[[0-9a-f:.]+\]:[0-9]{1,5}$')
            then 'has an "egress" that is no list of host:port'
        when v_op ? 'egress' and p_kind = 'http' and not (v_op -> 'egress') ? portarium_int.destination_of(p_base_url)
            then 'has an "egress" without the base_url''s ' || portarium_int.destination_of(p_base_url)
        when not portarium_int.is_contract(v_op -> 'contract') then 'has a "contract" that is no list of cases'
        when v_op ? 'contract' and p_kind = 'worker' then 'has a "contract", which executors try, and is a worker''s'
    end;
end
$$;

create function portarium_int.check_declarations(p_kind text, p_base_url text, p_operations jsonb)
    returns void
    language plpgsql
    immutable
    as $$
declare
    v_name text;
    v_wrong text;
begin
    for v_name in select pg_catalog.jsonb_object_keys(p_operations) loop
        v_wrong := portarium_int.wrong_declaration(p_kind, p_base_url, p_operations, v_name);
        if v_wrong is not null then
            raise exception using errcode = 'UP007', message = pg_catalog.format('operation "%s" %s', v_name, v_wrong);
        end if;
    end loop;
end
$$;

-- What a passed contract stands for: any change of it has to pass again.
create function portarium_int.contract_digest(p_kind text, p_base_url text, p_carried jsonb, p_declared jsonb)
    returns bytea
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.sha256(pg_catalog.convert_to(p_kind || E'\n' || coalesce(p_base_url, '') || E'\n'
        || portarium_int.whole_operations(p_carried, p_declared)::text, 'UTF8'))
$$;

create function portarium_int.has_contract(p_declared jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select coalesce(pg_catalog.jsonb_path_exists(p_declared, '$.*.contract'), false) $$;

create function portarium_int.stamp_capability_views()
    returns void
    language plpgsql
    as $$
begin
    create view capabilities as
    select a.tenant_id, a.name as adapter, o.key as operation, a.kind, a.enabled, coalesce(o.value ->> 'tier', 'Auto') as tier,
        coalesce((o.value -> 'idempotent')::boolean, false) as idempotent, o.value -> 'input' as input, o.value -> 'output' as output,
        o.value ->> 'compensation' as compensation, o.value ->> 'dry_run' as dry_run, o.value -> 'reconcile' as reconcile,
        o.value -> 'quota' as quota, o.value -> 'scopes' as scopes,
        array(select distinct c[1] from pg_catalog.regexp_matches(o.value ->> 'headers', '\$\{credential:([^}]*)\}', 'g') c order by 1) as credentials,
        o.value -> 'egress' as egress, coalesce(pg_catalog.jsonb_array_length(o.value -> 'contract'), 0) as cases,
        a.tested is not distinct from portarium_int.contract_digest(a.kind, a.base_url, a.operations, a.declared) as passed
    from adapter a
    cross join lateral pg_catalog.jsonb_each(portarium_int.whole_operations(a.operations, a.declared)) o;
    comment on view capabilities is 'The capability matrix: what each operation of each adapter declares; credentials: those its headers name; cases, passed: of its contract';
end
$$;
