-- SPDX-License-Identifier: PostgreSQL
-- What the older of two versions has beyond this tree: a bit of everything that the newer one changes.

create function portarium_int.stamp_sample()
    returns void
    language plpgsql
    as $$
begin
    create table sample (
        tenant_id uuid not null,
        id int not null,
        name text not null,
        old_name text not null,
        count int not null default 1,
        primary key (tenant_id, id),
        constraint sample_count_is_small check (count < 10)
    ) with (fillfactor = 80);
    create index sample_old_name on sample (tenant_id, old_name);
    create unique index sample_name on sample (tenant_id, name);
    create table sample_gone (
        tenant_id uuid not null,
        id int not null,
        note text default 'none',
        primary key (tenant_id, id),
        foreign key (tenant_id, id) references sample (tenant_id, id)
    );
    create index sample_gone_note on sample_gone (tenant_id, note);
end
$$;

create function portarium_int.stamp_sample_views()
    returns void
    language plpgsql
    as $$
begin
    create view samples as
    select s.tenant_id, s.id, s.name from sample s;
    comment on view samples is 'What is there';
    create view sample_notes as
    select g.tenant_id, g.id, g.note from sample_gone g;
    comment on view sample_notes is 'What will not be there';
end
$$;

create type portarium_int.sample_pair as (
    one int,
    two int
);

create type portarium_int.sample_box as (
    pair portarium_int.sample_pair
);

create function portarium_int.sample_box_of(p_one int)
    returns portarium_int.sample_box
    language sql
    immutable
    as $$ select row (row (p_one, 2)::portarium_int.sample_pair)::portarium_int.sample_box $$;

create function portarium.sample_gone()
    returns int
    language sql
    immutable
    as $$ select 1 $$;
comment on function portarium.sample_gone() is 'Will not be there';

create function portarium.sample_changed(p_one int)
    returns int
    language sql
    immutable
    as $$ select p_one $$;
comment on function portarium.sample_changed(int) is 'Will look different';

create function portarium.sample_count()
    returns bigint
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return (select count(*) from sample);
end
$$;
comment on function portarium.sample_count() is 'How many there are';

create function portarium.sample_rights()
    returns int
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return 1;
end
$$;
comment on function portarium.sample_rights() is 'Has its owner''s rights';
