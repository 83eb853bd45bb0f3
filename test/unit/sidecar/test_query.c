/*
 * test_query.c
 *		From a request target to SQL: splitting, the filter grammar, and the statements of views and
 *		functions, which must hold nothing of what a client sent.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "check.h"
#include "pgtext.h"
#include "read.h"
#include "url.h"

static const char catalog_text[] =
	"{\"functions\":["
	"{\"name\":\"add\",\"arguments\":[{\"name\":\"a\",\"type\":\"integer\",\"has_default\":false},"
	"{\"name\":\"b\",\"type\":\"integer\",\"has_default\":true}],\"returns\":\"integer\",\"set\":false,"
	"\"volatility\":\"stable\",\"comment\":null},"
	"{\"name\":\"put\",\"arguments\":[{\"name\":\"input\",\"type\":\"jsonb\",\"has_default\":false},"
	"{\"name\":\"tags\",\"type\":\"text[]\",\"has_default\":true},"
	"{\"name\":\"docs\",\"type\":\"jsonb[]\",\"has_default\":true}],\"returns\":\"void\",\"set\":false,"
	"\"volatility\":\"volatile\",\"comment\":null},"
	"{\"name\":\"put\",\"arguments\":[{\"name\":\"name\",\"type\":\"text\",\"has_default\":false}],"
	"\"returns\":\"runs\",\"set\":true,\"volatility\":\"volatile\",\"comment\":null}],"
	"\"views\":[{\"name\":\"runs\",\"columns\":[{\"name\":\"id\",\"type\":\"bigint\"},"
	"{\"name\":\"state\",\"type\":\"text\"},{\"name\":\"input\",\"type\":\"jsonb\"},"
	"{\"name\":\"Odd\\\"Name\",\"type\":\"boolean\"}],\"comment\":null}]}";

static Catalog *catalog;

/* What a target becomes: "SQL | value | value", or the SQLSTATE of its refusal. */
static const char *
view_sql(const char *target)
{
	static char text[8192];
	Failure		failure = {"", ""};
	Url			url;
	Read		read;
	Statement	statement;

	if (!url_parse(&url, span_of(target), &failure))
	{
		snprintf(text, sizeof(text), "%s", failure.sqlstate);
		return text;
	}
	statement_init(&statement);
	if (!read_parse(&read, catalog_view(catalog, (Span) {url.path.at + 1, url.path.len - 1}), &url,
					&failure))
		snprintf(text, sizeof(text), "%s", failure.sqlstate);
	else
	{
		char	   *at = text;

		call_view(&statement, &read);
		at += snprintf(at, sizeof(text), "%s", strstr(strstr(statement.sql.data, "as total"), "(select"));
		for (int i = 1; i <= statement.param_count; i++)
			at += snprintf(at, 512, " | %.500s", statement_param(&statement, i));
	}
	statement_free(&statement);
	url_free(&url);
	return text;
}

static void
check_view(const char *target, const char *expected)
{
	const char *found = view_sql(target);

	if (!CHECK(target, strcmp(found, expected) == 0))
		printf("  found    %s\n  expected %s\n", found, expected);
}

static void
test_views(void)
{
	check_view("/runs", "(select * from portarium.\"runs\" limit $1::bigint offset $2::bigint) t) p | 1000 | 0");
	check_view("/runs?select=id,s:state&limit=5&offset=10",
			   "(select \"id\", \"state\" as \"s\" from portarium.\"runs\" limit $1::bigint offset $2::bigint) t) p"
			   " | 5 | 10");
	check_view("/runs?order=state.desc.nullslast,id&limit=100000",
			   "(select * from portarium.\"runs\" order by \"state\" desc nulls last, \"id\" limit $1::bigint"
			   " offset $2::bigint) t) p | 1000 | 0");
	check_view("/runs?state=eq.a+b%26c&id=gte.3",
			   "(select * from portarium.\"runs\" where (\"state\" = $1::text) and (\"id\" >= $2::bigint)"
			   " limit $3::bigint offset $4::bigint) t) p | a b&c | 3 | 1000 | 0");
	check_view("/runs?id=not.in.(1,2)&state=like.a*",
			   "(select * from portarium.\"runs\" where not (\"id\" = any ($1::bigint[])) and"
			   " (\"state\"::text like $2) limit $3::bigint offset $4::bigint) t) p | {\"1\",\"2\"} | a% | 1000 | 0");
	check_view("/runs?or=(id.eq.1,not.and(state.neq.x,input.is.null))",
			   "(select * from portarium.\"runs\" where ((\"id\" = $1::bigint) or not ((\"state\" <> $2::text) and"
			   " (\"input\" is null))) limit $3::bigint offset $4::bigint) t) p | 1 | x | 1000 | 0");
	check_view("/runs?state=in.(\"a,b\",\"q\\\"\",c)",
			   "(select * from portarium.\"runs\" where (\"state\" = any ($1::text[])) limit $2::bigint"
			   " offset $3::bigint) t) p | {\"a,b\",\"q\\\"\",\"c\"} | 1000 | 0");
	check_view("/runs?Odd%22Name=is.not_null&select=Odd%22Name",
			   "(select \"Odd\"\"Name\" from portarium.\"runs\" where (\"Odd\"\"Name\" is not null) limit"
			   " $1::bigint offset $2::bigint) t) p | 1000 | 0");
	check_view("/runs?state=eq.", "(select * from portarium.\"runs\" where (\"state\" = $1::text) limit"
			   " $2::bigint offset $3::bigint) t) p |  | 1000 | 0");
}

static void
test_refused(void)
{
	static const char *const malformed[] = {
		"/runs?state=RUNNING", "/runs?state=is.maybe", "/runs?state=is.true", "/runs?state=match.a",
		"/runs?input=eq.1", "/runs?or=id.eq.1", "/runs?or=(id.eq.1", "/runs?or=()", "/runs?or=(id.eq.1))",
		"/runs?or=(id.eq.1,)", "/runs?id=in.1", "/runs?id=in.(1", "/runs?id=in.(\"1)", "/runs?limit=-1",
		"/runs?limit=1;drop", "/runs?limit=", "/runs?offset=0x1", "/runs?order=id.up", "/runs?order=input",
		"/runs?select=a+b:id", "/runs?select=:id", "/runs?id=%zz", "/runs?id=eq.%00", "/runs?id=eq.%ff",
		"/%", "runs", "", "/runs?offset=99999999999999999999",
	};
	static const char *const unknown[] = {
		"/runs?nope=eq.1", "/runs?select=nope", "/runs?order=nope", "/runs?or=(nope.eq.1)",
		"/runs?%22id%22=eq.1", "/runs?id%3D1--=eq.1", "/runs?select=id%3Btable",
	};

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		CHECK(malformed[i], strcmp(view_sql(malformed[i]), "UP007") == 0);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		CHECK(unknown[i], strcmp(view_sql(unknown[i]), "42703") == 0);
}

static char *
repeated(const char *head, const char *piece, int count, const char *tail)
{
	static char text[8192];
	size_t		len = (size_t) snprintf(text, sizeof(text), "%s", head);

	for (int i = 0; i < count; i++)
		len += (size_t) snprintf(text + len, sizeof(text) - len, "%s", piece);
	snprintf(text + len, sizeof(text) - len, "%s", tail);
	return text;
}

static void
test_limits(void)
{
	CHECK("100 parameters", strstr(view_sql(repeated("/runs?", "id=gt.1&", 100, "")), "select") != NULL);
	CHECK("101 parameters", strcmp(view_sql(repeated("/runs?", "id=gt.1&", 101, "")), "UP005") == 0);
	CHECK("8 levels", strstr(view_sql(repeated("/runs?or=(", "and(", 7, "id.eq.1))))))))")), "select") != NULL);
	CHECK("9 levels", strcmp(view_sql(repeated("/runs?or=(", "and(", 8, "id.eq.1)))))))))")), "UP005") == 0);
	CHECK("1000 values", strstr(view_sql(repeated("/runs?id=in.(", "1,", 999, "1)")), "any") != NULL);
	CHECK("1001 values", strcmp(view_sql(repeated("/runs?id=in.(", "1,", 1000, "1)")), "UP005") == 0);
	CHECK("200 conditions", strstr(view_sql(repeated("/runs?and=(", "id.gt.1,", 198, "id.gt.1)")), "and") != NULL);
	CHECK("201 conditions", strcmp(view_sql(repeated("/runs?and=(", "id.gt.1,", 199, "id.gt.1)")), "UP005") == 0);
	CHECK("pattern of 256", strstr(view_sql(repeated("/runs?state=like.", "a", 256, "")), "like") != NULL);
	CHECK("pattern of 257", strcmp(view_sql(repeated("/runs?state=like.", "a", 257, "")), "UP005") == 0);
	CHECK("200 columns", strstr(view_sql(repeated("/runs?select=", "id,", 199, "id")), "select") != NULL);
	CHECK("201 columns", strcmp(view_sql(repeated("/runs?select=", "id,", 200, "id")), "UP005") == 0);
	CHECK("17 orders", strcmp(view_sql(repeated("/runs?order=", "id,", 16, "id")), "UP005") == 0);
}

/* The statement of a function called with a JSON body, or the SQLSTATE of its refusal. */
static const char *
call_sql(const char *name, const char *body)
{
	static char text[8192];
	Failure		failure = {"", ""};
	Arguments	arguments;
	Statement	statement;
	int			count;
	const CatalogFunction *functions = catalog_functions(catalog, span_of(name), &count);
	const CatalogFunction *function = NULL;

	arguments_init(&arguments);
	statement_init(&statement);
	if (arguments_of_body(&arguments, span_of(body), &failure))
		function = arguments_match(&arguments, functions, count, &failure);
	if (function == NULL || !call_function(&statement, function, &arguments, &failure))
		snprintf(text, sizeof(text), "%s", failure.sqlstate);
	else
	{
		char	   *at = text + snprintf(text, sizeof(text), "%s", strstr(statement.sql.data, "(select"));

		for (int i = 1; i <= statement.param_count; i++)
			at += snprintf(at, 512, " | %s", statement_param(&statement, i) == NULL ? "(null)" :
						   statement_param(&statement, i));
	}
	statement_free(&statement);
	return text;
}

static void
check_call(const char *name, const char *body, const char *expected)
{
	const char *found = call_sql(name, body);

	if (!CHECK(body, strcmp(found, expected) == 0))
		printf("  found    %s\n  expected %s\n", found, expected);
}

static void
test_calls(void)
{
	check_call("add", "{\"a\":1}", "(select coalesce(pg_catalog.to_json(r), 'null')::text as body from"
			   " portarium.\"add\"(\"a\" => $1::integer) r offset 0) p | 1");
	check_call("add", "{\"b\":null,\"a\":\"1;--\"}", "(select coalesce(pg_catalog.to_json(r), 'null')::text"
			   " as body from portarium.\"add\"(\"b\" => $1::integer, \"a\" => $2::integer) r offset 0) p | (null) | 1;--");
	check_call("put", "{\"input\":{\"a\": [1]},\"tags\":[\"x\\\"\",null,2],\"docs\":[{\"b\":\"\\\\\"},null]}",
			   "(select null::text as body from portarium.\"put\"(\"input\" => $1::jsonb, \"tags\" => $2::text[],"
			   " \"docs\" => $3::jsonb[]) r offset 0) p | {\"a\": [1]} | {\"x\\\"\",NULL,\"2\"} |"
			   " {\"{\\\"b\\\":\\\"\\\\\\\\\\\"}\",\"null\"}");
	check_call("put", "{\"input\":null}", "(select null::text as body from portarium.\"put\"(\"input\" => $1::jsonb) r"
			   " offset 0) p | null");
	check_call("put", "{\"name\":\"n\"}", "(select coalesce(pg_catalog.json_agg(r), '[]')::text as body from"
			   " portarium.\"put\"(\"name\" => $1::text) r offset 0) p | n");
	check_call("add", "{}", "42883");
	check_call("add", "{\"c\":1,\"a\":1}", "42883");
	check_call("add", "{\"a\\u0000\":1}", "42883");
	check_call("add", "{\"a\\\"=>1)--\":1}", "42883");
	check_call("add", "{\"a\":{}}", "UP007");
	check_call("put", "{\"input\":1,\"tags\":\"x\"}", "UP007");
	check_call("put", "{\"input\":1,\"tags\":[[1]]}", "UP007");
	check_call("add", "[1]", "UP007");
	check_call("add", "1", "UP007");
}

/* Whatever the bytes, the grammar ends and the SQL has only what the catalogue and the program hold. */
static void
test_mutations(void)
{
	static const char seed[] = "/runs?or=(id.eq.1,not.and(state.in.(a,\"b\\\"\"),input.is.null))&order=id.desc&select=x:id";
	static const char bytes[] = "().,\"\\'%&=+:;-*0aZ not.eq";
	unsigned int state = 7;
	int			built = 0;

	for (int round = 0; round < 20000; round++)
	{
		char		text[sizeof(seed)];
		const char *sql;

		memcpy(text, seed, sizeof(seed));
		for (int i = 0; i < 1 + round % 3; i++)
			text[6 + rand_r(&state) % (sizeof(seed) - 7)] = bytes[rand_r(&state) % (sizeof(bytes) - 1)];
		sql = view_sql(text);
		if (strncmp(sql, "(select", 7) != 0)
			continue;
		built++;
		for (const char *c = sql; *c != '\0' && strncmp(c, ") t", 3) != 0; c++)
			if (strchr("';\\%+-", *c) != NULL)
				CHECK(text, false);
	}
	CHECK("some mutants still parse", built > 100);
}

int
main(void)
{
	Failure		failure;

	catalog = catalog_parse(catalog_text, &failure);
	CHECK("catalogue", catalog != NULL);
	CHECK("not a catalogue", catalog_parse("{}", &failure) == NULL);
	CHECK("not JSON", catalog_parse("{", &failure) == NULL);
	test_views();
	test_refused();
	test_limits();
	test_calls();
	test_mutations();
	catalog_free(catalog);
	return check_close();
}
