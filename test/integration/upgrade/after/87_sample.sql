-- SPDX-License-Identifier: PostgreSQL
-- The newer of two versions: a column that is filled, one with a default, one that is gone, a table more and a table less, other checks
-- and indexes; routines and types that are new, gone, or look different.

create function portarium_int.stamp_sample()
    returns void
    language plpgsql
    as $$
begin
    create table sample (
        tenant_id uuid not null,
        id int not null,
        name text not null,
        count int not null default 2,
        length int not null,
        colour text not null default 'red',
        remark text,
        primary key (tenant_id, id),
        constraint sample_count_is_small check (count < 100),
        constraint sample_length_is_length check (length = pg_catalog.length(name))
    ) with (fillfactor = 60);
    alter table sample alter remark set storage main;
    create index sample_colour on sample (tenant_id, colour) where colour <> 'red';
    create table sample_new (
        tenant_id uuid not null,
        id int not null,
        place bigint not null generated always as identity,
        primary key (tenant_id, id),
        constraint sample_new_sample foreign key (tenant_id, id) references sample (tenant_id, id)
    );
    create index sample_new_place on sample_new (tenant_id, place);
end
$$;

create function portarium_int.stamp_sample_views()
    returns void
    language plpgsql
    as $$
begin
    create view samples as
    select s.tenant_id, s.id, s.name, s.colour from sample s;
    comment on view samples is 'What is there, in colour';
    create view sample_places as
    select n.tenant_id, n.id, n.place from sample_new n;
    comment on view sample_places is 'Where it is';
end
$$;

create type portarium_int.sample_pair as (
    one int,
    two text
);

create type portarium_int.sample_box as (
    pair portarium_int.sample_pair
);

create function portarium_int.sample_box_of(p_one int)
    returns portarium_int.sample_box
    language sql
    immutable
    as $$ select row (row (p_one, '2')::portarium_int.sample_pair)::portarium_int.sample_box $$;

create function portarium.sample_changed(p_one int, p_two text default 'two')
    returns text
    language sql
    immutable
    as $$ select p_one || p_two $$;
comment on function portarium.sample_changed(int, text) is 'Looks different';

-- Serves both versions of data.
create function portarium.sample_count()
    returns bigint
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if portarium_int.data_version() = '9.0.0' then
        return (select count(*) from sample);
    end if;
    return (select count(*) from sample s where s.colour is not null);
end
$$;
comment on function portarium.sample_count() is 'How many there are, in both versions of data';

create function portarium.sample_rights()
    returns int
    language plpgsql
    stable
    as $$
begin
    return 2;
end
$$;
comment on function portarium.sample_rights() is 'Has its caller''s rights';
