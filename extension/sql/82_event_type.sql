-- SPDX-License-Identifier: PostgreSQL
-- The types of events: one for each kind of entry, each with the members that its data may have. From this table come the JSON
-- Schemas that events name in dataschema, and the AsyncAPI document.
--
-- A type never changes its meaning: members are only added. Whatever breaks a reader is a new type with ".v2" behind it.

-- What a member of an event's data may be.
create function portarium_int.event_members()
    returns table (member text, shape jsonb)
    language sql
    immutable
    parallel safe
    as $$
    with shapes (shape, members) as (
        values
            ('{"type": "string", "format": "uuid"}'::jsonb, '{approval,child,disposition,forked_run,hold,parent,run,subject}'::text[]),
            ('{"type": "string", "description": "salted commitment, base64url of SHA-256", "pattern": "^[A-Za-z0-9_-]{43}$"}',
                '{arg,cause,content,in,out,payload,result}'),
            ('{"type": "string", "pattern": "^[0-9a-f]{64}$"}', '{definition,digest,forked_entry,new_root,old_root,root,sample,source,template}'),
            ('{"type": "integer", "minimum": 0}',
                '{attempt,checked,checkpoints,epoch,hashed,hours,idle,items,kept,leaves,lost,max_running,meta_leaves,meta_size,objects,percent,
                    reset_hour,signed,size,slot,token,visit}'),
            ('{"type": "integer", "minimum": 1}', '{burst,days,forked_seq,per_day,per_minute,port,record,required,version,weight}'),
            ('{"type": "boolean"}', '{enabled,good,two_person}'),
            ('{"type": ["object", "null"], "additionalProperties": {"type": "integer"}}', '{versions}'),
            ('{"type": "object", "additionalProperties": {"type": "string"}, "description": "rows and digest of each table"}', '{tables}'),
            ('{"type": "string", "format": "date-time"}', '{starts_at}'),
            ('{"enum": ["A", "B"]}', '{from_tier,to_tier}'),
            ('{"type": "array", "items": {"type": "string"}}', '{adapters,broken,held,path,roles,tiers}'),
            ('{"enum": ["approve", "deny"]}', '{decision}'),
            ('{"enum": ["abort", "fail", "time_out"]}', '{ends}'),
            ('{"enum": ["allow", "approve", "deny"]}', '{verdict}'),
            ('{"enum": ["allow", "approve", "deny", "none"]}', '{effect}'),
            ('{"enum": ["Auto", "Assisted", "HumanApprove", "ManualOnly"]}', '{tier}'),
            ('{"type": "string"}',
                '{action,adapter,alias,caught,compensation,cron,error,function,host,kind,mode,operation,part,policy,resource,run_as,schedule,scope,signal,
                    state,step,subscription,time_zone,before,began,bucket,category,class,from,proposed_by,reason,to,undone,uri,vkey,weak,worker,workflow}')
    )
    select m, s.shape from shapes s cross join lateral pg_catalog.unnest(s.members) m
$$;

-- The kinds of transitions. required: what the data always holds; what it may hold is the same for all kinds.
create function portarium_int.transition_kinds()
    returns table (kind text, summary text, required text[])
    language sql
    immutable
    parallel safe
    as $$
    values
        ('run.started', 'A run was started', '{definition,in,workflow}'::text[]),
        ('run.forked', 'A run was started from an entry of another one', '{definition,forked_entry,forked_run,forked_seq,in,workflow}'),
        ('run.begun', 'A run that was started to begin later has begun', '{}'),
        ('run.succeeded', 'A run ended with an output', '{out}'),
        ('run.failed', 'A run ended with an error', '{}'),
        ('run.timed_out', 'A run did not end within its time', '{}'),
        ('run.aborted', 'A run was cancelled', '{}'),
        ('run.paused', 'A run was told to begin nothing new', '{}'),
        ('run.resumed', 'A paused run goes on', '{}'),
        ('run.retried', 'A failed run goes on where it failed', '{}'),
        ('run.migrated', 'A run goes on in another version of its workflow', '{definition,version}'),
        ('run.compensating', 'A run will end without success and undoes what it has done', '{ends}'),
        ('run.step_undone', 'A step of a run was undone; the one before it is next', '{undone}'),
        ('run.undo_failed', 'A step of a run could not be undone; a person must look', '{undone}'),
        ('run.undo_retried', 'A person has a step undone again', '{}'),
        ('run.undo_reconciled', 'A person has undone a step that could not be undone', '{undone}'),
        ('run.continued', 'A run goes on that took many steps in one transaction, or that waited for an executor to let go', '{}'),
        ('action.succeeded', 'A system of record did what was asked', '{token}'),
        ('action.failed', 'An action failed; the document says what follows', '{error}'),
        ('action.unknown', 'Nobody knows whether an action was done; the run is parked', '{}'),
        ('action.lost', 'An executor was silent; the action is given to another one', '{}'),
        ('action.retried', 'An action is tried again', '{}'),
        ('action.timed_out', 'An action did not end within its time', '{}'),
        ('action.asked', 'The system of an action whose outcome nobody knows is asked', '{}'),
        ('action.unanswered', 'It could not say; it is asked again later', '{}'),
        ('action.reconciled', 'A person, or the system, said what had become of an action', '{}'),
        ('action.acknowledged', 'An action with a task token was done; its result is waited for', '{token}'),
        ('task.succeeded', 'Who had the task token gave the result', '{}'),
        ('task.failed', 'Who had the task token reported an error', '{}'),
        ('task.timed_out', 'What a state waited for did not come in time', '{error}'),
        ('signal.received', 'A state had the signal that it waited for', '{}'),
        ('child.started', 'A state started a run that it does not wait for', '{child}'),
        ('child.ended', 'The run that a state waited for ended', '{child}'),
        ('sql.succeeded', 'A SQL step gave its result', '{}'),
        ('sql.failed', 'A SQL step raised an error and was undone', '{error}'),
        ('wait.elapsed', 'A Wait state is over', '{}'),
        ('approval.decided', 'A person approved or denied', '{approval,decision}'),
        ('approval.expired', 'Nobody decided in time', '{approval}'),
        ('strand.started', 'A branch or an iteration was started', '{in,parent,slot}'),
        ('strand.succeeded', 'A branch or an iteration ended with an output', '{out}'),
        ('strand.failed', 'A branch or an iteration ended with an error', '{}'),
        ('strand.aborted', 'A branch or an iteration was ended early', '{}'),
        ('strand.paused', 'A branch or an iteration is to begin nothing new', '{}'),
        ('strand.resumed', 'A paused branch or iteration goes on', '{}'),
        ('strand.migrated', 'A branch or an iteration goes on in another version of its workflow', '{definition,version}'),
        ('strands.joined', 'All branches or iterations of a state have ended', '{}'),
        ('strands.failed', 'A branch or an iteration failed and its state with it', '{}')
$$;

-- The kinds of what becomes of payloads, and of records: retention, holds, dispositions.
create function portarium_int.record_kinds()
    returns table (kind text, summary text, required text[], members text[])
    language sql
    immutable
    parallel safe
    as $$
    values
        ('payload.put', 'A payload was given to be kept', '{category,class,content,size}'::text[], '{category,class,content,run,size,subject}'::text[]),
        ('payload.read', 'A person has read a payload', '{}', '{}'),
        ('payload.stored', 'A payload became an object, encrypted', '{digest}', '{digest}'),
        ('payload.locked', 'An object is locked to the end of its retention', '{to}', '{to}'),
        ('payload.held', 'The object store holds an object', '{}', '{}'),
        ('payload.released', 'The object store holds an object no longer', '{}', '{}'),
        ('payload.shredded', 'The key of a payload was shredded', '{}', '{}'),
        ('payload.removed', 'A payload was removed with its key', '{}', '{}'),
        ('payload.audited', 'Objects and keys were compared with what must be', '{good,objects,reason}',
            '{began,good,hashed,meta_size,objects,percent,reason,sample}'),
        ('payload.audit_begun', 'Objects are to be compared; which of them are hashed follows from the next checkpoint', '{percent}', '{percent}'),
        ('subject.shredded', 'The key of a subject was shredded', '{}', '{}'),
        ('hold.placed', 'A legal hold was placed', '{cause,record,two_person}', '{category,cause,from,record,run,subject,to,two_person}'),
        ('hold.release_asked', 'A person wants a legal hold released', '{cause,record}', '{cause,record}'),
        ('hold.released', 'A legal hold was released', '{cause,record}', '{cause,record}'),
        ('disposition.proposed', 'A person proposed to dispose of what is due', '{action,before,cause,digest,items,record}',
            '{action,before,category,cause,digest,items,record,subject,version}'),
        ('disposition.authorised', 'Another person authorised a disposition', '{action,before,digest,items,proposed_by,record}',
            '{action,before,category,digest,items,proposed_by,record,subject,version}'),
        ('disposition.denied', 'Another person denied a disposition', '{action,before,digest,items,proposed_by,record}',
            '{action,before,category,digest,items,proposed_by,record,subject,version}'),
        ('disposition.carried_out', 'What a disposition names was taken away', '{items,record}', '{items,record}'),
        ('disposition.blocked', 'A hold came before a disposition', '{hold,record}', '{hold,record}')
$$;

-- Every kind of entry. members: what its data may hold; required: what it always holds.
create function portarium_int.event_kinds()
    returns table (kind text, summary text, required text[], members text[])
    language sql
    immutable
    parallel safe
    as $$
    select t.kind, t.summary, t.required, '{action,approval,arg,attempt,caught,cause,child,compensation,decision,definition,ends,error,forked_entry,
        forked_run,forked_seq,in,items,out,parent,path,policy,
        required,result,slot,starts_at,state,token,undone,verdict,version,visit,weak,workflow}'::text[]
    from portarium_int.transition_kinds() t
    union all
    select * from portarium_int.record_kinds()
    union all
    values
        ('signal.kept', 'A signal came before a state waited for it', '{payload,signal}'::text[], '{payload,run,signal}'::text[]),
        ('workflow.registered', 'A version of a workflow was registered', '{definition,tier,version,workflow}',
            '{definition,source,tier,version,workflow}'),
        ('alias.set', 'An alias of a workflow was set or taken away', '{alias,versions,workflow}', '{alias,versions,workflow}'),
        ('resource.mapped', 'A foreign resource was given a meaning, or lost it', '{uri}', '{resource,template,uri}'),
        ('sql_step.registered', 'A function became a SQL step', '{function,run_as,step,tier}', '{function,run_as,step,tier}'),
        ('adapter.registered', 'An adapter was registered or replaced', '{adapter,digest,kind}', '{adapter,digest,kind}'),
        ('adapter.enabled', 'An adapter was enabled', '{adapter}', '{adapter}'),
        ('adapter.disabled', 'An adapter was disabled', '{adapter}', '{adapter}'),
        ('adapter.tested', 'The contract of an adapter was tried', '{adapter,broken,checked,digest,good}', '{adapter,broken,checked,digest,good}'),
        ('policy.set', 'A version of a policy came into force', '{adapter,effect,operation,policy,required,roles,version}',
            '{adapter,effect,operation,policy,required,roles,version}'),
        ('job.discarded', 'What dispatch had given up on was put away', '{run}', '{run}'),
        ('quota.set', 'A quota was set or taken away', '{scope}', '{adapter,burst,max_running,per_day,per_minute,reset_hour,scope,weight}'),
        ('approval.required', 'Actions of a workflow now need an approval before them', '{before,workflow}', '{before,workflow}'),
        ('approval.not_required', 'Actions of a workflow no longer need one', '{before,workflow}', '{before,workflow}'),
        ('egress.allowed', 'An adapter may reach a host', '{adapter,host,port}', '{adapter,host,port}'),
        ('egress.revoked', 'An adapter may no longer reach a host', '{adapter,host,port}', '{adapter,host,port}'),
        ('worker.admitted', 'A worker may serve adapters', '{adapters,worker}', '{adapters,worker}'),
        ('worker.revoked', 'A worker lost its rights', '{worker}', '{worker}'),
        ('schedule.set', 'A schedule was made or replaced', '{cron,enabled,schedule,time_zone,workflow}',
            '{cron,enabled,schedule,time_zone,workflow}'),
        ('subscription.set', 'A webhook subscription was made, replaced or resumed', '{digest,mode,subscription}', '{digest,mode,subscription}'),
        ('subscription.removed', 'A webhook subscription was removed', '{subscription}', '{subscription}'),
        ('retention.set', 'A version of the retention of a category came into force', '{action,category,class,days,record,roles,version}',
            '{action,category,class,days,record,roles,version}'),
        ('entry.gone', 'What was written here was disposed of, or lost', '{}', '{disposition}'),
        ('evidence.heartbeat', 'Nothing else was written for some time', '{idle}', '{idle}'),
        ('evidence.key_trusted', 'Checkpoints may be signed by another key, too', '{vkey}', '{vkey}'),
        ('evidence.recovered', 'An epoch of the log begins after a loss', '{epoch,kept,lost,meta_size,reason,root,signed}',
            '{epoch,kept,lost,meta_size,reason,root,signed}'),
        ('evidence.refused', 'The notary refused to sign the log', '{reason}', '{reason}'),
        ('evidence.verified', 'The evidence was verified in the database', '{checked,good,reason,tiers}', '{began,checked,good,reason,signed,size,tiers}'),
        ('evidence.broken', 'A verification or an audit had a finding', '{part,reason}', '{part,reason}'),
        ('verification.set', 'The log is verified every so many hours', '{hours}', '{hours}'),
        ('tenant.moved', 'The tenant was moved to another tier', '{from_tier,leaves,new_root,old_root,tables,to_tier}',
            '{from_tier,leaves,new_root,old_root,tables,to_tier}'),
        ('store.audited', 'The notary computed all of the store again', '{checkpoints,good,leaves,meta_leaves,reason,tiers}',
            '{checkpoints,good,leaves,meta_leaves,reason,tiers}'),
        ('store.probed', 'The notary tried whether the object store is write-once', '{broken,bucket,good,held,mode}',
            '{broken,bucket,good,held,mode}')
$$;

create function portarium_int.event_schema(p_kind text, p_summary text, p_required text[], p_members text[])
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_build_object(
        '$schema', 'https://json-schema.org/draft/2020-12/schema',
        '$id', portarium_int.event_schema_id(p_kind),
        'title', p_summary,
        'type', 'object',
        'required', pg_catalog.to_jsonb(p_required),
        'additionalProperties', true,
        'properties', coalesce((
            select pg_catalog.jsonb_object_agg(m.member, m.shape)
            from portarium_int.event_members() m
            where m.member = any (p_members)), '{}'))
$$;

create function portarium_int.event_schema_id(p_kind text)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select 'urn:portarium:event:' || case when p_kind operator(pg_catalog.^@) 'app.' then 'app' else p_kind end || ':1' $$;

create function portarium.event_types()
    returns table (type text, version int, summary text, schema jsonb)
    language sql
    immutable
    parallel safe
    as $$
    select 'portarium.' || k.kind, 1, k.summary, portarium_int.event_schema(k.kind, k.summary, k.required, k.members)
    from portarium_int.event_kinds() k
    union all
    select 'portarium.app.*', 1, 'An entry of the application''s own, type portarium.app.<its name>', pg_catalog.jsonb_build_object(
        '$schema', 'https://json-schema.org/draft/2020-12/schema', '$id', portarium_int.event_schema_id('app.'),
        'title', 'An entry of the application''s own', 'type', 'object')
    order by 1
$$;
comment on function portarium.event_types() is
    'Every type of event with its version and the JSON Schema (2020-12) of its data. Events name the schema in dataschema. Members are only added to a type; a break is a new type';
