-- SPDX-License-Identifier: PostgreSQL
insert into message (vt, body) values (now(), '{"order": 1}');
