-- SPDX-License-Identifier: PostgreSQL
-- Two tenants, each with a login of its own; bob's tier comes as a setting.
do $$
declare
    v_name text;
begin
    foreach v_name in array '{ann,bob}'::text[] loop
        if not exists (select from pg_roles where rolname = 'evidence_' || v_name) then
            execute format('create role %I login in role portarium_app', 'evidence_' || v_name);
        end if;
        perform portarium.bind_login(('evidence_' || v_name)::name, portarium.create_tenant(v_name,
            tier => case v_name when 'bob' then current_setting('evidence.bob_tier') else 'A' end), v_name, '{operator}');
    end loop;
end
$$;
