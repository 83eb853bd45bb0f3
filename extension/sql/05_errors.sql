-- SPDX-License-Identifier: PostgreSQL
-- The one table of our SQLSTATEs (class UP). The first digit gives the HTTP status of the whole group.

create function portarium.error_codes()
    returns table (code text, condition_name text, http_status int, meaning text)
    language sql
    immutable
    parallel safe
    as $$
    select c.code, c.condition_name,
        case pg_catalog.substr(c.code, 3, 1)
            when '0' then 400 when '1' then 409 when '2' then 403 when '3' then 409
            when '4' then 404 when '5' then 429 else 500 end,
        c.meaning
    from (values
        ('UP001', 'malformed_json', 'the text is not JSON that PostgreSQL can hold'),
        ('UP002', 'invalid_definition', 'the workflow document has errors; the findings say which'),
        ('UP003', 'duplicate_member', 'a JSON object names a member twice'),
        ('UP004', 'number_outside_profile', 'a number cannot be carried without loss'),
        ('UP005', 'too_large_or_deep', 'a document is larger or deeper than its limit'),
        ('UP006', 'unknown_adapter', 'the document names an adapter or operation that is not registered'),
        ('UP007', 'invalid_argument', 'an argument has no meaning here'),
        ('UP008', 'unsupported_feature', 'the feature is known and not offered'),
        ('UP101', 'wrong_run_state', 'the run is not in a state that allows this'),
        ('UP102', 'approval_decided', 'the approval has been decided'),
        ('UP103', 'idempotency_key_reused', 'the idempotency key belongs to another request'),
        ('UP104', 'approval_past_deadline', 'the approval''s deadline has passed'),
        ('UP105', 'adapter_disabled', 'the adapter is registered and disabled'),
        ('UP106', 'name_exists', 'the name is taken'),
        ('UP107', 'retention_forbids', 'retention or a hold does not allow this'),
        ('UP108', 'record_state', 'the hold or disposition is not in a state that allows this'),
        ('UP109', 'data_not_ready', 'the data are of a version, or in a state, that does not allow this'),
        ('UP110', 'tenant_moving', 'the tenant is on its way to another tier, or is not'),
        ('UP111', 'database_not_ready', 'the tenant''s database is being made'),
        ('UP112', 'state_map_refused', 'the run cannot go on in that version; the findings say why'),
        ('UP201', 'no_tenant_context', 'the transaction has no tenant'),
        ('UP202', 'context_token_invalid', 'the context token was not made with a key of this database'),
        ('UP203', 'context_token_expired', 'the context token''s time is over'),
        ('UP204', 'context_token_misdirected', 'the context token was made for another login, database or route'),
        ('UP205', 'role_missing', 'the actor lacks the role that this needs'),
        ('UP206', 'requester_may_not_decide', 'who asks does not decide'),
        ('UP207', 'refused_by_policy', 'a rule of the tenant denies this'),
        ('UP208', 'role_attributes_wrong', 'a database role has attributes that break the isolation of tenants'),
        ('UP301', 'stale_fencing_token', 'the lease behind this token is gone'),
        ('UP302', 'stale_executor_epoch', 'the executor has registered again since, or the server is on another timeline'),
        ('UP401', 'run_not_found', 'no such run'),
        ('UP402', 'workflow_not_found', 'no such workflow'),
        ('UP403', 'approval_not_found', 'no such approval'),
        ('UP404', 'tenant_not_found', 'no such tenant'),
        ('UP405', 'executor_not_found', 'no such executor'),
        ('UP406', 'subscription_not_found', 'no such subscription'),
        ('UP407', 'record_not_found', 'no such hold, disposition or payload'),
        ('UP501', 'over_limit', 'a limit of the tenant or of the call is exceeded'),
        ('UP901', 'integrity_broken', 'evidence does not agree with itself'),
        ('UP902', 'fork_or_rollback', 'evidence disagrees with what was signed before')
    ) c (code, condition_name, meaning)
$$;
comment on function portarium.error_codes() is
    'Every SQLSTATE that the extension raises: code, condition name, HTTP status that the sidecar answers, meaning';
