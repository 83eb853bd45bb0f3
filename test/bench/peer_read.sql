-- SPDX-License-Identifier: PostgreSQL
-- A message becomes invisible for a while, and is deleted when it is done.
update message set vt = clock_timestamp() + interval '30 s', read_ct = read_ct + 1
where msg_id = (select msg_id from message where vt <= clock_timestamp() order by msg_id limit 1 for update skip locked)
returning msg_id \gset
delete from message where msg_id = :msg_id;
