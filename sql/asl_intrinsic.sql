-- Intrinsic functions: results, and no result (an empty line) where AWS fails.
\pset format unaligned
\pset tuples_only on

create function pg_temp.call(p_text text, p_input jsonb default '{}') returns jsonb
language sql
as $$
    select portarium_int.asl_fill(portarium_int.asl_expression_program(p_text, 'f'), p_input, '{}', '{}')
$$;

select c, pg_temp.call(c, '{"s": "text", "n": 1.5, "o": {"k": [1, null, "x"]}, "z": null}')
from unnest(array['States.Format(''{} {} {} {}'', $.s, $.n, $.o, $.z)', 'States.Format(''no holes'')', 'States.Format(''\{\} \'' \\'')', 'States.Format(''{} {}'', $.s)', 'States.Format(''{}'', $.s, $.n)',
    'States.Format(''{'')', 'States.Format(''{{}}'', $.s)', 'States.Format(''}'')', 'States.Format($.s)', 'States.Format($.n)', 'States.Format(''{}'', $.missing)']) as c;

select c, pg_temp.call(c, '{"a": [1, 2, 3, 2, 1.0], "e": []}')
from unnest(array['States.Array()', 'States.Array(1, ''a'', null, $.e)', 'States.ArrayPartition($.a, 2)', 'States.ArrayPartition($.a, 1.5)', 'States.ArrayPartition($.a, 0)', 'States.ArrayPartition($.e, 4)',
    'States.ArrayContains($.a, 2)', 'States.ArrayContains($.a, ''2'')', 'States.ArrayContains($.e, null)', 'States.ArrayContains(1, 1)', 'States.ArrayRange(1, 9, 2)', 'States.ArrayRange(9, 1, -4)',
    'States.ArrayRange(1, 9, 0)', 'States.ArrayRange(1, 1001, 1)', 'States.ArrayGetItem($.a, 1)', 'States.ArrayGetItem($.a, -1)', 'States.ArrayGetItem($.a, 5)', 'States.ArrayGetItem($.a, 1.5)',
    'States.ArrayLength($.a)', 'States.ArrayLength(''abc'')', 'States.ArrayUnique($.a)', 'States.ArrayLength(States.ArrayRange(1, 1000, 1))']) as c;

select c, pg_temp.call(c, '{"big": 2147483647, "text": "a,b;;c,", "json": "{\"a\": [1, \"x, y\"]}"}')
from unnest(array['States.MathAdd(1, -3)', 'States.MathAdd(-1.5, -0.5)', 'States.MathAdd(2.5, 0)', 'States.MathAdd($.big, 1)', 'States.MathAdd(3000000000, 0)', 'States.MathAdd(''1'', 1)', 'States.MathAdd(null, 1)',
    'States.StringSplit($.text, '',;'')', 'States.StringSplit('''', '','')', 'States.StringSplit(''a.b'', ''.'')', 'States.StringSplit(''ab'', '''')', 'States.StringSplit(1, '','')', 'States.StringToJson($.json)', 'States.StringToJson('' '')',
    'States.StringToJson(''{'')', 'States.StringToJson(''-0'')', 'States.JsonToString(States.StringToJson($.json))', 'States.JsonMerge(States.StringToJson(''{"a":1,"b":{"c":1}}''), States.StringToJson(''{"b":{"d":1}}''), false)',
    'States.JsonMerge(States.StringToJson(''{}''), States.StringToJson(''{}''), true)', 'States.JsonMerge(1, 2, false)', 'States.Base64Encode(''Grüße'')', 'States.Base64Decode(''R3LDvMOfZQ=='')', 'States.Base64Decode(''/w=='')', 'States.Base64Decode(''?'')',
    'States.Hash(''a'', ''SHA-1'')', 'States.Hash(''a'', ''MD5'')', 'States.Hash(''a'', ''SHA-256'')', 'States.Hash(''a'', ''sha-256'')', 'States.Hash(1, ''MD5'')']) as c;

-- SHA-1 over one, two and three blocks, against the published digests
select n, encode(portarium_int.asl_sha1(convert_to(repeat('a', n), 'UTF8')), 'hex') from unnest(array[0, 1, 55, 56, 64, 119, 120]) as n;

-- chance: in range, the end excluded, a seed repeats
select bool_and((pg_temp.call('States.MathRandom(3, 6)') #>> '{}')::int between 3 and 5) from generate_series(1, 200);
select pg_temp.call('States.MathRandom(0, 1000000, 7)') = pg_temp.call('States.MathRandom(0, 1000000, 7)'), pg_temp.call('States.MathRandom(5, 5)') is null;
select pg_temp.call('States.UUID()') #>> '{}' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';

-- refused at registration
select c, portarium_int.asl_expression_problem(c)
from unnest(array['States.Nothing(1)', 'States.Format()', 'States.ArrayLength(1, 2)', 'States.Format(''a\"'')', 'States.Array(', 'States.Array(1', 'States.Array(1,)', 'plain', '1', 'States.Array(States.UUID(1))',
    repeat('States.Array(', 11) || repeat(')', 11)]) as c;
