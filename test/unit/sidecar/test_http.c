/*
 * test_http.c
 *		The parser glue: each probe fed whole and byte by byte, with the same verdict.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "http.h"

#define BODY_MAX 64
#define HOST "Host: a\r\n"

/*
 * Feeds the text in pieces of step bytes (0: all at once).  The status of the refusal, 200 when
 * the request is complete, 0 when it is not.
 */
static int
feed(HttpParser *parser, const char *text, size_t len, size_t step, size_t *left)
{
	size_t		at = 0;

	while (at < len)
	{
		size_t		size = step == 0 || step > len - at ? len - at : step;
		size_t		used;
		char	   *piece = malloc(size);
		HttpResult	result;

		memcpy(piece, text + at, size);
		result = http_feed(parser, piece, size, &used);
		free(piece);
		at += used;
		*left = len - at;
		if (result == HTTP_REFUSED)
			return parser->status;
		if (result == HTTP_DONE)
			return 200;
	}
	return 0;
}

static int
probe(const char *text, size_t len, size_t step)
{
	HttpParser	parser;
	size_t		left;
	int			status;

	http_init(&parser, BODY_MAX);
	status = feed(&parser, text, len, step, &left);
	http_free(&parser);
	return status;
}

#define PROBE(text_, status_) \
	do { \
		CHECK(text_, probe(text_, sizeof(text_) - 1, 0) == (status_)); \
		CHECK(text_, probe(text_, sizeof(text_) - 1, 1) == (status_)); \
		CHECK(text_, probe(text_, sizeof(text_) - 1, 7) == (status_)); \
	} while (0)

static void
test_accepted(void)
{
	PROBE("GET / HTTP/1.1\r\n" HOST "\r\n", 200);
	PROBE("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 200);
	PROBE("GET / HTTP/1.0\r\n\r\n", 200);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 200);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		  "3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", 200);
	PROBE("GET / HTTP/1.1\r\n" HOST "Empty:\r\n\r\n", 200);
	PROBE("GET / HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", 200);
	PROBE("GET / HTTP/1.1\r\n" HOST, 0);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabc", 0);
}

static void
test_framing(void)
{
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: +4\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length : 4\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		  400);
	PROBE("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400);
}

static void
test_head(void)
{
	PROBE("GET / HTTP/1.1\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400);
	PROBE("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\n" "Host: a\n\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST "A: b\nC: d\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST "A b: c\r\n\r\n", 400);
	PROBE("GET / HTTP/1.1\r\n" HOST ": c\r\n\r\n", 400);
	PROBE("GET / HTTP/2.0\r\n" HOST "\r\n", 505);
	PROBE("GET / HTTP/0.9\r\n" HOST "\r\n", 505);
	PROBE("GET / HTTP/1.2\r\n" HOST "\r\n", 400);
	PROBE("GET / FTP/1.1\r\n" HOST "\r\n", 400);
	PROBE("G@T / HTTP/1.1\r\n" HOST "\r\n", 400);
	PROBE("GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400);
	PROBE("POST / HTTP/1.1\r\n" HOST "Expect: gold\r\n\r\n", 417);
}

/* head, len times the letter x, tail, in one text that the caller frees. */
static char *
long_text(const char *head, size_t len, const char *tail, size_t *size)
{
	size_t		head_len = strlen(head);
	char	   *text = malloc(head_len + len + strlen(tail) + 1);

	memcpy(text, head, head_len);
	memset(text + head_len, 'x', len);
	stpcpy(text + head_len + len, tail);
	*size = strlen(text);
	return text;
}

static void
check_long(const char *name, const char *head, size_t len, const char *tail, int status)
{
	size_t		size;
	char	   *text = long_text(head, len, tail, &size);

	CHECK(name, probe(text, size, 0) == status);
	CHECK(name, probe(text, size, 1000) == status);
	free(text);
}

static void
test_sizes(void)
{
	Buf			many;

	check_long("long target", "GET /", 8000, " HTTP/1.1\r\n" HOST "\r\n", 200);
	check_long("too long target", "GET /", 8192, " HTTP/1.1\r\n" HOST "\r\n", 414);
	check_long("endless target", "GET /", 100000, "", 414);
	check_long("long header", "GET / HTTP/1.1\r\n" HOST "A: ", 16000, "\r\n\r\n", 200);
	check_long("too long header", "GET / HTTP/1.1\r\n" HOST "A: ", 16384, "\r\n\r\n", 431);
	check_long("endless header", "GET / HTTP/1.1\r\n" HOST "A: ", 100000, "", 431);
	check_long("body too large", "POST / HTTP/1.1\r\n" HOST "Content-Length: 65\r\n\r\n", 0, "", 413);
	check_long("body at the limit", "POST / HTTP/1.1\r\n" HOST "Content-Length: 64\r\n\r\n", 64, "", 200);
	check_long("chunk too large", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n41\r\n",
			   0, "", 413);
	check_long("chunks too large", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
			   "20\r\n12345678901234567890123456789012\r\n"
			   "21\r\n", 0, "", 413);
	check_long("chunk extension too large",
			   "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;", 300, "\r\nx\r\n", 400);
	check_long("trailer too large",
			   "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: ", 17000, "\r\n\r\n",
			   431);
	buf_init(&many, 20000);
	CHECK("room", buf_text(&many, "GET / HTTP/1.1\r\n" HOST));
	for (int i = 0; i < 100; i++)
		CHECK("room", buf_text(&many, "A: b\r\n"));
	CHECK("room", buf_text(&many, "\r\n"));
	CHECK("too many headers", probe(many.data, many.len, 0) == 431);
	buf_free(&many);
}

static void
test_parts(void)
{
	static const char text[] = "POST /a?b=c HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-one: 2\r\n"
		"Content-Length: 3\r\n\r\nabcGET /next HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";

	for (size_t step = 0; step < sizeof(text); step++)
	{
		HttpParser	parser;
		size_t		left;

		http_init(&parser, BODY_MAX);
		CHECK("first is complete", feed(&parser, text, sizeof(text) - 1, step, &left) == 200);
		CHECK("method", strcmp(http_method(&parser), "POST") == 0);
		CHECK("target", span_is(http_target(&parser), "/a?b=c"));
		CHECK("body", strcmp(parser.body.data, "abc") == 0);
		CHECK("first value", span_is(http_header(&parser, "X-ONE"), "1"));
		CHECK("twice", http_header_count(&parser, "x-one") == 2);
		CHECK("absent", http_header(&parser, "x-two").at == NULL);
		CHECK("stays open", http_keep_alive(&parser));
		http_reset(&parser);
		CHECK("second is complete", feed(&parser, text + sizeof(text) - 1 - left, left, step,
										 &left) == 200);
		CHECK("second target", span_is(http_target(&parser), "/next"));
		CHECK("nothing of the first", http_header(&parser, "x-one").at == NULL &&
			  parser.body.len == 0);
		CHECK("must close", !http_keep_alive(&parser));
		http_free(&parser);
	}
}

static void
test_continue(void)
{
	static const char head[] = "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";
	HttpParser	parser;
	size_t		used;

	http_init(&parser, BODY_MAX);
	CHECK("asks", http_feed(&parser, head, sizeof(head) - 1, &used) == HTTP_CONTINUE);
	CHECK("then the body", http_feed(&parser, "abc", 3, &used) == HTTP_DONE);
	http_free(&parser);
}

/* Whatever bytes come, in whatever pieces, the parser ends with a verdict and the sanitizers are silent. */
static void
test_mutations(void)
{
	static const char seed[] = "POST /rpc/a?b=c HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\n";
	static const char bytes[] = "\r\n :;=/?0aFzH.1\t\0\x80\xff";
	unsigned int state = 11;
	int			verdicts[600] = {0};

	for (int round = 0; round < 20000; round++)
	{
		char		text[sizeof(seed)];

		memcpy(text, seed, sizeof(seed));
		for (int i = 0; i < 1 + round % 4; i++)
			text[rand_r(&state) % (sizeof(seed) - 1)] = bytes[rand_r(&state) % (sizeof(bytes) - 1)];
		verdicts[probe(text, sizeof(seed) - 1, (size_t) rand_r(&state) % 9)]++;
	}
	CHECK("some are refused, some are complete, some are not", verdicts[400] > 100 && verdicts[200] > 100 &&
		  verdicts[0] > 0);
	CHECK("no other verdicts", verdicts[0] + verdicts[200] + verdicts[400] + verdicts[413] + verdicts[417] +
		  verdicts[431] + verdicts[505] == 20000);
}

int
main(void)
{
	test_accepted();
	test_framing();
	test_head();
	test_sizes();
	test_parts();
	test_continue();
	test_mutations();
	return check_close();
}
