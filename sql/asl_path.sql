-- Paths: what they are parsed to and what they find.
\pset format unaligned
\pset tuples_only on

create function pg_temp.find(p_document jsonb, p_path text) returns jsonb
language sql
as $$
    select portarium_int.asl_fill(portarium_int.asl_expression_program(p_path, 'f'), p_document, '{"v": {"w": [1, 2]}}', '{"State": {"Name": "S"}}')
$$;

-- definite paths give one value, or nothing; a JSON null is a value
select p, pg_temp.find('{"a": {"b": [10, 20, 30], "0": "zero", "n": null, "x y": 1}, "a.b": 2}', p)
from unnest(array['$', '$.a.b', '$.a.b[0]', '$.a.b[-1]', '$.a.b[3]', '$.a[0]', '$.a[''0'']', '$.a.0', '$.a.b.0', '$.a.n', '$.a.n.m', '$.a[''x y'']', '$.a["x y"]',
    '$[''a.b'']', '$.a\.b', '$.[''a''].b', '$.missing', '$.missing.deeper', '$v.w[1]', '$v.nothing', '$w', '$$.State.Name', '$$.State.Nothing', '$[(@.length-1)]']) as p;

-- indefinite paths always give an array, also for one hit, for none, and for a missing prefix
select p, pg_temp.find('{"i": [{"s": 1, "t": "x"}, {"s": 2}, {"t": null}], "o": {"b": 1, "a": {"s": 9}}, "n": [1, 2, 3, 4, 5], "max": 2}', p)
from unnest(array['$.i[*]', '$.i[*].s', '$.i[*].nothing', '$.missing[*]', '$.missing.deeper[1:2].x', '$.o.*', '$.o[*]', '$..s', '$.i..t', '$..*', '$.n[1:3]', '$.n[:2]', '$.n[3:]', '$.n[-2:]',
    '$.n[:-4]', '$.n[2:99]', '$.n[4:2]', '$.n[0,2,9]', '$.n[0,-1]', '$.i[?(@.s == 1)]', '$.i[?(@.s == 1)][0]', '$.i[?(@.t)]', '$.i[?(!@.t)]', '$.i[?(@.s != 1)]', '$.i[?(@.s >= $.max)]',
    '$.i[?(@.s > 0 && @.s < 2 || @.t == null)]', '$.i[?(@.t == ''x'')].s', '$.n[?(@ > 3)]', '$.o[?(@.b == 1)]']) as p;

-- not in the grammar
select p, portarium_int.asl_path(p) is null
from unnest(array['', 'a', '$.', '$a.', '$.a..', '$.a[', '$.a[]', '$.a[x]', '$.a b', '$.a.length()', '$.a[?(@.s =~ /x/)]', '$.a[?(@.s)', '$.a[?()]', '$.a[1:2:3]', '$$$', '$.a[''b'',''c'']']) as p;

-- a reference path has members and indexes only
select p, portarium_int.asl_path(p) -> 'reference' from unnest(array['$.a.b[0]', '$.a[-1]', '$.a[*]', '$.a[1:2]', '$..a', '$.a[?(@.b)]', '$v.a']) as p;

-- the parser of filters is bounded
select portarium_int.asl_path('$.a[?(' || repeat('(', 100) || '@.b' || repeat(')', 100) || ')]') is null;
