-- SPDX-License-Identifier: PostgreSQL
-- The AsyncAPI 3 document of the event stream, made from the types: one channel by SSE and one by webhook, one message for each type.

-- The attributes that every event has, as AsyncAPI's headers and as the envelope of structured mode.
create function portarium_int.event_attributes()
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select '{
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "tenant/index: with source, the event''s name for ever"},
        "source": {"type": "string", "format": "uri-reference", "description": "/portarium/<database>/<epoch of the log>"},
        "type": {"type": "string"},
        "subject": {"type": "string", "description": "the stream: a run, a strand of it, or the entry itself"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "format": "uri"},
        "tenantid": {"type": "string", "format": "uuid"},
        "sequence": {"type": "string", "pattern": "^[0-9]{20}$", "description": "the index in the tenant''s log: counts from 0 without a gap"},
        "correlationid": {"type": "string", "format": "uuid", "description": "the run that all of it is about, else the subject"},
        "runid": {"type": "string", "format": "uuid"},
        "actionid": {"type": "string", "description": "the idempotency key of the action that ended or is asked for"},
        "traceparent": {"type": "string", "description": "W3C Trace Context of the run"},
        "tracestate": {"type": "string", "description": "what the participants of the trace carry along"}
    }'::jsonb
$$;

create function portarium_int.asyncapi_messages()
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_object_agg(t.type, pg_catalog.jsonb_build_object(
        'name', t.type,
        'title', t.summary,
        'contentType', 'application/cloudevents+json',
        'payload', pg_catalog.jsonb_build_object(
            'type', 'object',
            'required', '["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "tenantid", "sequence",
                "correlationid", "data"]'::jsonb,
            'properties', portarium_int.event_attributes()
                || pg_catalog.jsonb_build_object('data', t.schema - '{$schema,$id}'::text[])
                || case when t.type = 'portarium.app.*' then '{"type": {"type": "string", "pattern": "^portarium[.]app[.]"}}'
                    else pg_catalog.jsonb_build_object('type', pg_catalog.jsonb_build_object('const', t.type)) end)))
    from portarium.event_types() t
$$;

create function portarium_int.asyncapi_channel(p_address text, p_description text, p_messages jsonb)
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_build_object('address', p_address, 'description', p_description, 'messages', (
        select pg_catalog.jsonb_object_agg(m, pg_catalog.jsonb_build_object('$ref', '#/components/messages/' || m))
        from pg_catalog.jsonb_object_keys(p_messages) m))
$$;

create function portarium.asyncapi()
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_build_object(
        'asyncapi', '3.0.0',
        'info', '{"title": "Portarium events", "version": "1",
            "description": "What happens to a tenant, as CloudEvents 1.0 in the order of its sealed log."}'::jsonb,
        'defaultContentType', 'application/cloudevents+json',
        'channels', pg_catalog.jsonb_build_object(
            'stream', portarium_int.asyncapi_channel('/events', 'Server-sent events; Last-Event-ID resumes behind a position.', m.messages),
            'webhook', portarium_int.asyncapi_channel(null, 'POST to the subscriber''s own URL (portarium.subscribe).', m.messages)),
        'operations', '{
            "sendToStream": {"action": "send", "channel": {"$ref": "#/channels/stream"}},
            "sendToWebhook": {"action": "send", "channel": {"$ref": "#/channels/webhook"}}
        }'::jsonb,
        'components', pg_catalog.jsonb_build_object('messages', m.messages))
    from portarium_int.asyncapi_messages() m (messages)
$$;
comment on function portarium.asyncapi() is
    'The AsyncAPI 3.0 document of the event stream: its channels and a message with a JSON Schema for each type of event';
