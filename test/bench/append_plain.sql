-- The floor of an evidence append: one row with the hash of its body.
insert into plain (tenant_id, body, hash) values (:tenant, '{"n": 1, "what": "bench"}', sha256('{"n": 1, "what": "bench"}'::bytea));
