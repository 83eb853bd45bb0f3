/*
 * test_reply.c: what an HTTP answer means, and how it is acknowledged.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <string.h>

#include "check.h"
#include "executor/reply.h"

#define JSON "Content-Type: application/json; charset=utf-8\r\n"

static const char operation_text[] =
	"{\"kind\":\"http\",\"base_url\":\"http://h\",\"path\":\"/p\",\"method\":\"GET\","
	"\"errors\":[{\"status\":\"409\",\"error\":\"Ledger.Conflict\"}]}";

static Operation operation;

static void
header(Reply *reply, const char *line)
{
	reply_header(reply, line, strlen(line));
}

/* The acknowledgement of a reply made of one header line, a status and a body. */
static void
acknowledged(const char *name, const char *line, int status, const char *body, const char *expected)
{
	Reply		reply;
	Outcome		outcome;
	Buf			acks;

	reply_init(&reply, 100);
	outcome_init(&outcome);
	buf_init(&acks, 4096);
	header(&reply, line);
	CHECK(name, reply_body(&reply, body, strlen(body)));
	reply_outcome(&reply, &operation, status, &outcome);
	CHECK(name, outcome_ack(&outcome, &(OutcomeOf) {"r", 7, NULL, 0}, &acks) &&
		  strncmp(acks.data, "{\"run_id\":\"r\",\"token\":7,", 24) == 0 &&
		  strncmp(acks.data + 24, expected, strlen(expected)) == 0);
	buf_free(&acks);
	outcome_free(&outcome);
	reply_free(&reply);
}

static void
test_success(void)
{
	acknowledged("JSON keeps its digits", JSON, 200, " {\"n\":12.10}\n",
				 "\"output\":{\"status\":200,\"headers\":{\"Content-Type\":"
				 "\"application/json; charset=utf-8\"},\"body\":{\"n\":12.10}}}");
	acknowledged("nothing", "X: y\r\n", 204, "",
				 "\"output\":{\"status\":204,\"headers\":{},\"body\":null}}");
	acknowledged("text becomes a string", "Location: /x\r\n", 201, "é\n",
				 "\"output\":{\"status\":201,\"headers\":{\"Location\":\"/x\"},"
				 "\"body\":\"é\\n\"}}");
	acknowledged("a JSON suffix", "content-type: application/problem+json\r\n", 200, "[1]",
				 "\"output\":{\"status\":200,\"headers\":{\"Content-Type\":"
				 "\"application/problem+json\"},\"body\":[1]}}");
}

static void
test_errors(void)
{
	acknowledged("not JSON", JSON, 200, "{", "\"error\":\"Http.BadResponse\"");
	acknowledged("a name twice", JSON, 200, "{\"a\":1,\"a\":2}", "\"error\":\"Http.BadResponse\"");
	acknowledged("neither JSON nor text", "X: y\r\n", 200, "\xff", "\"error\":\"Http.BadResponse\"");
	acknowledged("a mapped status", JSON, 409, "{\"why\":1}",
				 "\"error\":\"Ledger.Conflict\",\"cause\":\"HTTP status 409: {\\\"why\\\":1}\"}");
	acknowledged("a status of its own name", JSON, 404, "",
				 "\"error\":\"Http.404\",\"cause\":\"HTTP status 404\"}");
	acknowledged("a redirect is not followed", "Location: http://evil/\r\n", 302, "",
				 "\"error\":\"Http.302\"");
	acknowledged("a cause is UTF-8", "X: y\r\n", 500, "a\xff\r\nb",
				 "\"error\":\"Http.500\",\"cause\":\"HTTP status 500: a?? b\"}");
}

static void
test_limits(void)
{
	Reply		reply;

	reply_init(&reply, 10);
	CHECK("ten bytes in two pieces", reply_body(&reply, "01234", 5) &&
		  reply_body(&reply, "56789", 5));
	CHECK("the eleventh", !reply_body(&reply, "x", 1) && reply.too_large);
	reply_free(&reply);
}

static void
test_headers(void)
{
	Reply		reply;
	char		line[REPLY_HEADER_MAX * 2];

	reply_init(&reply, 10);
	header(&reply, "ETag: \"a\"\r\n");
	header(&reply, "HTTP/1.1 200 OK\r\n");
	CHECK("headers of an interim answer are forgotten", reply.headers[REPLY_ETAG][0] == '\0');
	header(&reply, "retry-after:5\r\n");
	CHECK("names in any case", strcmp(reply.headers[REPLY_RETRY_AFTER], "5") == 0);
	header(&reply, "ETagged: x\r\n");
	CHECK("whole names only", reply.headers[REPLY_ETAG][0] == '\0');
	memset(line, 'x', sizeof(line));
	memcpy(line, "ETag: ", 6);
	reply_header(&reply, line, sizeof(line));
	CHECK("long values are cut", strlen(reply.headers[REPLY_ETAG]) == REPLY_HEADER_MAX - 1);
	reply_free(&reply);
}

static void
test_unknown(void)
{
	Outcome		outcome;
	Buf			acks;

	outcome_init(&outcome);
	buf_init(&acks, 4096);
	outcome_unknown(&outcome, "no %s", "answer");
	CHECK("unknown", outcome_ack(&outcome, &(OutcomeOf) {"r", 7, NULL, 0}, &acks) &&
		  strcmp(acks.data, "{\"run_id\":\"r\",\"token\":7,\"unknown\":true,"
				 "\"cause\":\"no answer\"}") == 0);
	buf_reset(&acks);
	CHECK("to be left alone", outcome_ack(&outcome, &(OutcomeOf) {"r", 7, NULL, 2000}, &acks) &&
		  strcmp(acks.data, "{\"run_id\":\"r\",\"token\":7,\"retry_after_ms\":2000,\"unknown\":true,"
				 "\"cause\":\"no answer\"}") == 0);
	buf_free(&acks);
	outcome_free(&outcome);
}

int
main(void)
{
	Failure		failure;

	CHECK("the operation", operation_parse(&operation, (Slice) {
		operation_text, sizeof(operation_text) - 1
	}, &failure));
	test_success();
	test_errors();
	test_limits();
	test_headers();
	test_unknown();
	operation_free(&operation);
	return check_close();
}
