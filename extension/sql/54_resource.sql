-- SPDX-License-Identifier: PostgreSQL
-- Foreign resources: what a URI such as an ARN means to a tenant. A document is rewritten when it is registered, so that nothing is looked
-- up while it runs, and a later change of the map touches no version that exists.
--
-- An input template is folded into the state's Parameters: a path of the template that names a member of them becomes that member.

create function portarium_int.stamp_resource()
    returns void
    language plpgsql
    as $$
begin
    create table resource_map (
        tenant_id uuid not null,
        uri text not null,
        resource text not null,
        input_template jsonb,
        updated_by text not null,
        updated_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, uri)
    );
end
$$;

-- A JSON pointer as the path that jsonb_set takes.
create function portarium_int.pointer_path(p_pointer text)
    returns text[]
    language sql
    immutable
    parallel safe
    as $$
    select array(
        select pg_catalog.replace(pg_catalog.replace(s.step, '~1', '/'), '~0', '~')
        from pg_catalog.string_to_table(pg_catalog.substr(p_pointer, 2), '/') with ordinality s (step, n)
        order by s.n)
$$;

-- One reference of a template against Parameters: a literal, or again a path; dynamic says which.
create function portarium_int.fold_reference(p_reference text, p_parameters jsonb, out value jsonb, out dynamic boolean)
    language plpgsql
    immutable
    as $body$
declare
    v_step text;
    v_rest text := pg_catalog.substr(p_reference, 3);
begin
    value := p_parameters;
    dynamic := false;
    if p_reference operator(pg_catalog.^@) '$$' then
        value := pg_catalog.to_jsonb(p_reference);
        dynamic := true;
        return;
    elsif p_reference operator(pg_catalog.!~) '^\$(\.[A-Za-z_][A-Za-z0-9_]*)*$' then
        raise exception using errcode = 'UP002', message = pg_catalog.format('input template has "%s" over the state''s Parameters', p_reference),
            hint = 'Only paths such as $.name.member can be folded into Parameters; or leave Parameters out of the state.';
    end if;
    while v_rest <> '' loop
        v_step := pg_catalog.split_part(v_rest, '.', 1);
        v_rest := pg_catalog.substr(v_rest, pg_catalog.length(v_step) + 2);
        if value ? (v_step || '.$') and (v_rest = '' or value ->> (v_step || '.$') operator(pg_catalog.^@) '$') then
            value := pg_catalog.to_jsonb(pg_catalog.concat_ws('.', value ->> (v_step || '.$'), nullif(v_rest, '')));
            dynamic := true;
            return;
        end if;
        value := value -> v_step;
    end loop;
    if value is null then
        raise exception using errcode = 'UP002',
            message = pg_catalog.format('input template names "%s", which the state''s Parameters do not have', p_reference);
    end if;
end
$body$;

-- What a template makes of the value that Parameters describe.
create function portarium_int.fold_template(p_template jsonb, p_parameters jsonb)
    returns jsonb
    language plpgsql
    immutable
    as $$
declare
    v_key text;
    v_value jsonb;
    v_folded record;
    v_result jsonb := '{}';
begin
    if p_parameters is null then
        return p_template;
    elsif pg_catalog.jsonb_typeof(p_template) = 'array' then
        return (select coalesce(pg_catalog.jsonb_agg(portarium_int.fold_template(e.value, p_parameters) order by e.n), '[]')
            from pg_catalog.jsonb_array_elements(p_template) with ordinality e (value, n));
    elsif pg_catalog.jsonb_typeof(p_template) <> 'object' then
        return p_template;
    end if;
    for v_key, v_value in select e.key, e.value from pg_catalog.jsonb_each(p_template) e loop
        if pg_catalog.right(v_key, 2) = '.$' then
            select f.* into v_folded from portarium_int.fold_reference(v_value #>> '{}', p_parameters) f;
            v_key := pg_catalog.left(v_key, -2) || case when v_folded.dynamic then '.$' else '' end;
            v_value := v_folded.value;
        else
            v_value := portarium_int.fold_template(v_value, p_parameters);
        end if;
        v_result := v_result || pg_catalog.jsonb_build_object(v_key, v_value);
    end loop;
    return v_result;
end
$$;

-- The document with the tenant's meaning of its foreign resources in their place.
create function portarium_int.map_resources(p_tenant uuid, p_definition jsonb)
    returns jsonb
    language plpgsql
    as $$
declare
    v_found record;
    v_state text[];
begin
    for v_found in
        select r.pointer, m.resource, m.input_template
        from portarium_int.asl_resources(p_definition) r
        join resource_map m on m.tenant_id = p_tenant and m.uri = r.resource
    loop
        v_state := portarium_int.pointer_path(v_found.pointer);
        v_state := v_state[1:pg_catalog.cardinality(v_state) - 1];
        p_definition := pg_catalog.jsonb_set(p_definition, v_state || 'Resource'::text, pg_catalog.to_jsonb(v_found.resource));
        if v_found.input_template is not null then
            p_definition := pg_catalog.jsonb_set(p_definition, v_state || 'Parameters'::text,
                portarium_int.fold_template(v_found.input_template, p_definition #> (v_state || 'Parameters'::text)));
        end if;
    end loop;
    return p_definition;
end
$$;

create function portarium.map_resource(uri text, resource text, input_template jsonb default null)
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
    if coalesce(map_resource.uri, '') !~ '^[A-Za-z][A-Za-z0-9+.-]*:[^[:space:]]+$' or map_resource.uri ^@ 'portarium:' then
        raise exception using errcode = 'UP007', message = format('uri "%s" is not a foreign resource', map_resource.uri);
    elsif map_resource.resource !~ '^portarium:[^[:space:]]+$' then
        raise exception using errcode = 'UP007', message = format('resource "%s" is not one of ours', map_resource.resource),
            hint = 'Use portarium:action:…, portarium:approval, portarium:signal:…, portarium:workflow:…, portarium:sql:… or portarium:callback.waitForTaskToken.';
    elsif map_resource.input_template is not null and (jsonb_typeof(map_resource.input_template) <> 'object'
        or exists (select from portarium_int.asl_check_template('', map_resource.input_template))) then
        raise exception using errcode = 'UP007', message = 'input template is not a payload template',
            detail = (select string_agg(f.message, '; ') from portarium_int.asl_check_template('', portarium_int.asl_object(map_resource.input_template)) f);
    end if;
    if map_resource.resource is null then
        delete from resource_map m where m.tenant_id = v_tenant and m.uri = map_resource.uri;
    else
        insert into resource_map as m (tenant_id, uri, resource, input_template, updated_by)
        values (v_tenant, map_resource.uri, map_resource.resource, map_resource.input_template, v_actor)
        on conflict on constraint resource_map_pkey do update
        set resource = excluded.resource, input_template = excluded.input_template, updated_by = excluded.updated_by, updated_at = now();
    end if;
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'resource.mapped', v_actor,
        portarium_int.canonical(jsonb_build_object('uri', map_resource.uri, 'resource', map_resource.resource,
            'template', encode(portarium_int.payload_hash(map_resource.input_template), 'hex'))),
        portarium_int.salt());
end
$$;
comment on function portarium.map_resource(text, text, jsonb) is
    'Says what a foreign resource, such as an ARN, means in documents that this tenant registers from now on; resource null takes the meaning away. input_template, a payload template, makes the task''s input from what the document gives. Errors: UP007, UP201, UP205';
