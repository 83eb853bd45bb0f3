-- SPDX-License-Identifier: PostgreSQL
-- References: which version of a workflow is meant by name (the newest), name@version, name:alias, or the hash of a definition.
-- An alias spreads runs over versions by weight; each run draws for itself and keeps what it has drawn.

create function portarium_int.stamp_reference()
    returns void
    language plpgsql
    as $$
begin
    create table alias (
        tenant_id uuid not null,
        workflow text not null,
        alias text not null,
        versions jsonb not null,        -- version to weight; the weights are 100 in all
        updated_by text not null,
        updated_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, workflow, alias)
    );
end
$$;

create type portarium_int.workflow_ref as (
    name text,
    version int,
    def_id int,
    hash text,
    start_at text,
    timeout_seconds int,
    needs_context boolean,
    tier text,
    cur text,               -- from here on: the start that was planned ahead, if one was (69_start_plan.sql)
    adapter text,
    limits int[],
    head text,
    tail text
);

-- A version that an alias names, drawn by weight; null when there is no such alias.
create function portarium_int.draw_version(p_tenant uuid, p_name text, p_alias text)
    returns int
    language plpgsql
    volatile
    as $$
declare
    v_drawn float8 := pg_catalog.random() * 100;
begin
    return (
        select w.version
        from (
            select v.key::int as version, pg_catalog.sum(v.value::int) over (order by v.key::int) as upto
            from alias a
            cross join lateral pg_catalog.jsonb_each_text(a.versions) v
            where a.tenant_id = p_tenant and a.workflow = p_name and a.alias = p_alias) w
        where w.upto > v_drawn
        order by w.upto
        limit 1);
end
$$;

-- The version number of name@version and name:alias; the newest name and version of a hash.
create function portarium_int.read_reference(p_tenant uuid, p_reference text, out name text, out version int)
    language plpgsql
    volatile
    as $$
begin
    name := pg_catalog.split_part(pg_catalog.split_part(p_reference, '@', 1), ':', 1);
    if p_reference operator(pg_catalog.~) '^[^@:]+@[0-9]{1,9}$' then
        version := pg_catalog.split_part(p_reference, '@', 2);
    elsif p_reference operator(pg_catalog.~) '^[^@:]+:[^@:]+$' then
        version := portarium_int.draw_version(p_tenant, name, pg_catalog.split_part(p_reference, ':', 2));
    elsif p_reference operator(pg_catalog.~) '^[0-9a-f]{64}$' then
        select w.name, w.version into read_reference.name, read_reference.version
        from definition d
        join workflow w on w.tenant_id = d.tenant_id and w.def_id = d.def_id
        where d.tenant_id = p_tenant and d.hash = pg_catalog.decode(p_reference, 'hex')
        order by w.created_at desc, w.name
        limit 1;
    end if;
end
$$;

-- The version that a start means. The newest under a plain name is found in one statement.
create function portarium_int.workflow_of(p_tenant uuid, p_reference text)
    returns portarium_int.workflow_ref
    language plpgsql
    volatile
    as $$
declare
    v_workflow portarium_int.workflow_ref;
begin
    select w.name, w.version, w.def_id, pg_catalog.encode(d.hash, 'hex'), d.start_at, d.timeout_seconds, d.needs_context, w.tier,
        s.cur, s.adapter, s.limits, s.head, s.tail
    into v_workflow
    from workflow w
    join definition d on d.tenant_id = w.tenant_id and d.def_id = w.def_id
    left join start_plan s on s.tenant_id = w.tenant_id and s.workflow = w.name and s.version = w.version
    where w.tenant_id = p_tenant and w.name = p_reference
    order by w.version desc
    limit 1;
    if not found then
        select w.name, w.version, w.def_id, pg_catalog.encode(d.hash, 'hex'), d.start_at, d.timeout_seconds, d.needs_context, w.tier
        into v_workflow
        from portarium_int.read_reference(p_tenant, p_reference) r
        join workflow w on w.tenant_id = p_tenant and w.name = r.name and w.version = r.version
        join definition d on d.tenant_id = w.tenant_id and d.def_id = w.def_id;
    end if;
    if v_workflow.name is null then
        raise exception using errcode = 'UP402', message = pg_catalog.format('workflow "%s" does not exist', p_reference);
    end if;
    return v_workflow;
end
$$;

-- The input, or the refusal to take it.
create function portarium_int.check_input(p_input jsonb, p_what text default 'input of a run')
    returns jsonb
    language plpgsql
    immutable
    as $$
begin
    if p_input is null then
        raise exception using errcode = 'UP007', message = pg_catalog.format('%s is null', p_what), hint = 'Use {} or the JSON value null.';
    elsif pg_catalog.pg_column_size(p_input) > 262144 and pg_catalog.octet_length(p_input::text) > 262144 then
        raise exception using errcode = 'UP005', message = pg_catalog.format('%s is larger than 262144 bytes', p_what);
    end if;
    return p_input;
end
$$;

create function portarium_int.check_weights(p_tenant uuid, p_workflow text, p_versions jsonb)
    returns void
    language plpgsql
    stable
    as $$
declare
    v_unknown text;
begin
    if pg_catalog.jsonb_typeof(p_versions) is distinct from 'object'
        or pg_catalog.jsonb_path_exists(p_versions, 'strict $.* ? (!(@.type() == "number") || @ < 1 || @ > 100 || @ != @.floor())')
        or (select pg_catalog.sum(v.value::numeric) from pg_catalog.jsonb_each_text(p_versions) v) is distinct from 100 then
        raise exception using errcode = 'UP007', message = 'weights of an alias are not whole numbers that make 100',
            hint = 'Give an object such as {"1": 90, "2": 10}, version to weight.';
    end if;
    select v into v_unknown from pg_catalog.jsonb_object_keys(p_versions) v
    where not exists (select from workflow w where w.tenant_id = p_tenant and w.name = p_workflow and w.version::text = v);
    if found then
        raise exception using errcode = 'UP402', message = pg_catalog.format('workflow "%s" has no version "%s"', p_workflow, v_unknown);
    end if;
end
$$;

create function portarium.set_alias(workflow text, alias text, versions jsonb)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'operator');
begin
    if coalesce(set_alias.alias, '') !~ '^[A-Za-z][A-Za-z0-9_-]{0,62}$' then
        raise exception using errcode = 'UP007', message = format('alias "%s" is not a name', set_alias.alias);
    elsif set_alias.versions is null then
        delete from alias a where a.tenant_id = v_tenant and a.workflow = set_alias.workflow and a.alias = set_alias.alias;
    else
        perform portarium_int.check_weights(v_tenant, set_alias.workflow, set_alias.versions);
        insert into alias as a (tenant_id, workflow, alias, versions, updated_by)
        values (v_tenant, set_alias.workflow, set_alias.alias, set_alias.versions, v_actor)
        on conflict on constraint alias_pkey do update
        set versions = excluded.versions, updated_by = excluded.updated_by, updated_at = now();
    end if;
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'alias.set', v_actor,
        portarium_int.canonical(jsonb_build_object('workflow', set_alias.workflow, 'alias', set_alias.alias, 'versions', set_alias.versions)),
        portarium_int.salt());
end
$$;
comment on function portarium.set_alias(text, text, jsonb) is
    'Makes name:alias a reference to versions of a workflow, drawn for each run by weight: {"1": 90, "2": 10}, 100 in all; versions null takes the alias away. Errors: UP007, UP201, UP205, UP402 no such workflow or version';
