-- SPDX-License-Identifier: PostgreSQL
-- Time stamps of checkpoints (RFC 3161), as the notary got them from an authority: they lie here for bundles, and in the store for ever.
-- What a stamp is worth is said by a verifier elsewhere; here nobody reads it.

create function portarium_int.stamp_time_stamp()
    returns void
    language plpgsql
    as $$
begin
    create table time_stamp (
        meta_size bigint primary key,       -- of the checkpoint
        answer bytea not null,              -- TimeStampResp, DER
        recorded_at timestamptz not null default pg_catalog.clock_timestamp()
    );
end
$$;

create function portarium.notary_stamped(meta_size bigint, answer bytea)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if not exists (select from checkpoint c where c.meta_size = notary_stamped.meta_size) then
        raise exception using errcode = 'UP902', message = format('checkpoint "%s" does not exist', notary_stamped.meta_size);
    elsif length(notary_stamped.answer) not between 1 and 65536 then
        raise exception using errcode = 'UP005', message = 'a time stamp has from 1 to 65536 bytes';
    end if;
    insert into time_stamp (meta_size, answer) values (notary_stamped.meta_size, notary_stamped.answer)
    on conflict do nothing;
end
$$;
comment on function portarium.notary_stamped(bigint, bytea) is
    'Records the answer of a time-stamping authority (RFC 3161, DER) for the checkpoint of that size; the first one stays. Errors: UP902 there is no such checkpoint, UP005';
