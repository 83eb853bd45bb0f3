-- One exchange of an executor that has nothing to execute: acknowledges what the last one claimed and claims up to :want.
select coalesce(json_agg(json_build_object('run_id', run_id, 'token', token, 'output', json_build_object())), '[]')::text as acks,
    count(*) filter (where kind = 'stale') as stale
from portarium.exchange(:executor, :epoch, (:acks)::jsonb, :want) \gset
