/*
 * http.c: one HTTP/1.x request out of a stream of bytes.
 *
 * A feed goes through two stages.  While the head lasts, head_watch looks at each byte: it counts
 * the request line and the header block, refuses folded lines, and finds the empty line, so that
 * llhttp gets head and body in separate calls.  llhttp's callbacks then copy what is worth keeping
 * into `head` and `body`; both have their maximum from the start.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "http.h"

#include <ctype.h>

#define HEAD_KEEP 4096			/* a larger head buffer is not kept for the next request */

static int
refuse(HttpParser *parser, int status, const char *reason)
{
	if (parser->status == 0)
	{
		parser->status = status;
		parser->reason = reason;
	}
	return HPE_USER;
}

/* Extends the piece at the end of head by the bytes. */
static int
keep(HttpParser *parser, HttpPiece *piece, const char *bytes, size_t len)
{
	if (piece->len == 0)
		piece->offset = parser->head.len;
	if (!buf_append(&parser->head, bytes, len))
		return refuse(parser, 431, "the header fields are too large");
	piece->len += len;
	return 0;
}

static int
on_url(llhttp_t *machine, const char *at, size_t len)
{
	HttpParser *parser = machine->data;

	return keep(parser, &parser->target, at, len);
}

static int
on_header_field(llhttp_t *machine, const char *at, size_t len)
{
	HttpParser *parser = machine->data;

	/* trailers are counted and dropped */
	if (parser->head_ended)
	{
		parser->trailer_len += len;
		return parser->trailer_len > LIMIT_TRAILER ?
			refuse(parser, 431, "the trailer is too large") : 0;
	}
	if (parser->header_count == LIMIT_HEADERS)
		return refuse(parser, 431, "there are too many header fields");
	return keep(parser, &parser->headers[parser->header_count].name, at, len);
}

static int
on_header_value(llhttp_t *machine, const char *at, size_t len)
{
	HttpParser *parser = machine->data;

	if (parser->head_ended)
		return on_header_field(machine, at, len);
	return keep(parser, &parser->headers[parser->header_count].value, at, len);
}

static int
on_header_value_complete(llhttp_t *machine)
{
	HttpParser *parser = machine->data;

	if (parser->head_ended)
		return 0;
	if (parser->headers[parser->header_count].name.len == 0)
		return refuse(parser, 400, "a header field has no name");
	parser->header_count++;
	return 0;
}

/* host[:port]; what it may hold, not whether it is ours. */
static bool
is_host(Span host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!isalnum((unsigned char) host.at[i]) && strchr(".-_:[]~%", host.at[i]) == NULL)
			return false;
	return true;
}

static int
check_framing(HttpParser *parser)
{
	const llhttp_t *machine = &parser->machine;
	int			hosts = http_header_count(parser, "host");
	int			codings = http_header_count(parser, "transfer-encoding");

	if (machine->http_major != 1 || machine->http_minor > 1)
		return refuse(parser, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	if (hosts > 1 || (hosts == 0 && machine->http_minor == 1))
		return refuse(parser, 400, "the Host header must be there exactly once");
	if (hosts == 1 && !is_host(http_header(parser, "host")))
		return refuse(parser, 400, "the Host header is malformed");
	if (codings > 0 && (codings > 1 || machine->http_minor == 0 ||
						!span_is_nocase(http_header(parser, "transfer-encoding"), "chunked") ||
						http_header_count(parser, "content-length") > 0))
		return refuse(parser, 400, "the Transfer-Encoding is not just chunked in HTTP/1.1");
	return 0;
}

static int
check_body_size(HttpParser *parser)
{
	const llhttp_t *machine = &parser->machine;

	if ((machine->flags & F_CONTENT_LENGTH) != 0 && machine->content_length > parser->body.max)
		return refuse(parser, 413, "the request body is too large");
	return 0;
}

static int
check_expectation(HttpParser *parser)
{
	const llhttp_t *machine = &parser->machine;
	Span		expect = http_header(parser, "expect");

	if (expect.at == NULL)
		return 0;
	if (!span_is_nocase(expect, "100-continue"))
		return refuse(parser, 417, "the only expectation that can be met is 100-continue");
	parser->wants_continue = machine->http_minor == 1 &&
		((machine->flags & F_CHUNKED) != 0 || machine->content_length > 0);
	return 0;
}

static int
on_headers_complete(llhttp_t *machine)
{
	HttpParser *parser = machine->data;

	machine->upgrade = 0;		/* an offer to upgrade is ignored; CONNECT is no method here */
	if (check_framing(parser) != 0 || check_body_size(parser) != 0)
		return HPE_USER;
	return check_expectation(parser);
}

static int
on_body(llhttp_t *machine, const char *at, size_t len)
{
	HttpParser *parser = machine->data;

	if (!buf_append(&parser->body, at, len))
		return refuse(parser, 413, "the request body is too large");
	return 0;
}

static int
on_chunk_header(llhttp_t *machine)
{
	HttpParser *parser = machine->data;

	if (machine->content_length > parser->body.max - parser->body.len)
		return refuse(parser, 413, "the request body is too large");
	return 0;
}

static int
on_chunk_extension(llhttp_t *machine, const char *at, size_t len)
{
	HttpParser *parser = machine->data;

	(void) at;
	parser->extension_len += len;
	if (parser->extension_len > LIMIT_CHUNK_EXTENSION)
		return refuse(parser, 400, "the chunk extensions are too large");
	return 0;
}

static int
on_message_complete(llhttp_t *machine)
{
	HttpParser *parser = machine->data;

	parser->complete = true;
	return HPE_PAUSED;			/* what follows belongs to the next request */
}

static const llhttp_settings_t http_settings = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_header_value_complete = on_header_value_complete,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_chunk_header = on_chunk_header,
	.on_chunk_extension_name = on_chunk_extension,
	.on_chunk_extension_value = on_chunk_extension,
	.on_message_complete = on_message_complete,
};

void
http_init(HttpParser *parser, size_t body_max)
{
	memset(parser, 0, sizeof(*parser));
	buf_init(&parser->head, LIMIT_REQUEST_LINE + LIMIT_HEADER_BLOCK);
	buf_init(&parser->body, body_max);
	http_reset(parser);
}

void
http_free(HttpParser *parser)
{
	buf_free(&parser->head);
	buf_free(&parser->body);
}

void
http_reset(HttpParser *parser)
{
	Buf			head = parser->head;
	size_t		body_max = parser->body.max;

	buf_free(&parser->body);	/* most requests have none: an idle connection keeps nothing */
	/* the one after the last may have been begun */
	for (int i = 0; i <= parser->header_count && i < LIMIT_HEADERS; i++)
		parser->headers[i] = (HttpHeader) {{0, 0}, {0, 0}};
	if (head.cap > HEAD_KEEP)
		buf_free(&head);
	buf_reset(&head);
	llhttp_init(&parser->machine, HTTP_REQUEST, &http_settings);
	parser->machine.data = parser;
	parser->head = head;
	buf_init(&parser->body, body_max);
	parser->target = (HttpPiece) {0, 0};
	parser->header_count = 0;
	parser->line_len = parser->block_len = 0;
	parser->in_head = parser->past_request_line = parser->head_ended = false;
	parser->started = parser->complete = parser->wants_continue = false;
	parser->trailer_len = parser->extension_len = 0;
	parser->status = 0;
	parser->reason = NULL;
}

/* One byte of the head.  False when it is refused. */
static bool
head_byte(HttpParser *parser, char c)
{
	if (c == '\n')
	{
		/* llhttp refuses a bare line feed, so an empty line holds at most the carriage return */
		parser->head_ended = parser->past_request_line && parser->line_len <= 1;
		if (parser->in_head)
			parser->past_request_line = true;
		parser->line_len = 0;
		return true;
	}
	if (parser->past_request_line && parser->line_len == 0 && (c == ' ' || c == '\t'))
		return refuse(parser, 400, "a header field is folded over several lines") == 0;
	parser->in_head = parser->in_head || c != '\r';
	parser->line_len++;
	if (!parser->past_request_line)
		return parser->line_len <= LIMIT_REQUEST_LINE ||
			refuse(parser, 414, "the request line is too long") == 0;
	parser->block_len++;
	return parser->block_len <= LIMIT_HEADER_BLOCK ||
		refuse(parser, 431, "the header fields are too large") == 0;
}

/* How many of the bytes belong to the head; head_ended is set when its last one was among them. */
static size_t
head_watch(HttpParser *parser, const char *bytes, size_t len)
{
	size_t		at = 0;

	while (at < len && !parser->head_ended && head_byte(parser, bytes[at]))
		at++;
	return at;
}

/* Gives llhttp some bytes.  False when it refuses them; *used tells how far it came. */
static bool
run_machine(HttpParser *parser, const char *bytes, size_t len, size_t *used)
{
	llhttp_errno_t code = llhttp_execute(&parser->machine, bytes, len);

	*used = len;
	if (code == HPE_OK)
		return true;
	if (code == HPE_PAUSED && parser->complete)
	{
		*used = (size_t) (llhttp_get_error_pos(&parser->machine) - bytes);
		return true;
	}
	refuse(parser, 400, "the request is malformed");
	return false;
}

/*
 * Gives llhttp what belongs to the head.  Its callbacks take a header field for a trailer when
 * head_ended is set, so that becomes true only after the call.
 */
static bool
feed_head(HttpParser *parser, const char *bytes, size_t len, size_t *used)
{
	size_t		head_len = head_watch(parser, bytes, len);
	bool		ended = parser->head_ended;
	bool		fine;

	if (parser->status != 0)
		return false;
	parser->head_ended = false;
	fine = run_machine(parser, bytes, head_len, used);
	parser->head_ended = ended;
	return fine;
}

HttpResult
http_feed(HttpParser *parser, const char *bytes, size_t len, size_t *used)
{
	size_t		step = 0;

	*used = 0;
	parser->started = parser->started || len > 0;
	if (!parser->head_ended)
	{
		if (!feed_head(parser, bytes, len, used))
			return HTTP_REFUSED;
		if (parser->complete)
			return HTTP_DONE;
		if (parser->head_ended && parser->wants_continue && *used == len)
			return HTTP_CONTINUE;
	}
	if (parser->head_ended && *used < len)
	{
		if (!run_machine(parser, bytes + *used, len - *used, &step))
			return HTTP_REFUSED;
		*used += step;
	}
	return parser->complete ? HTTP_DONE : HTTP_MORE;
}

const char *
http_method(const HttpParser *parser)
{
	return llhttp_method_name(parser->machine.method);
}

Span
http_target(const HttpParser *parser)
{
	return (Span) {parser->head.data + parser->target.offset, parser->target.len};
}

bool
http_keep_alive(const HttpParser *parser)
{
	/* a client of HTTP/1.0 would have to be told; it gets one answer a connection */
	return parser->machine.http_minor == 1 && llhttp_should_keep_alive(&parser->machine) == 1;
}

static Span
piece_span(const HttpParser *parser, HttpPiece piece)
{
	return (Span) {parser->head.data + piece.offset, piece.len};
}

Span
http_header_nth(const HttpParser *parser, const char *name, int n)
{
	for (int i = 0; i < parser->header_count; i++)
		if (span_is_nocase(piece_span(parser, parser->headers[i].name), name) && n-- == 0)
			return piece_span(parser, parser->headers[i].value);
	return (Span) {NULL, 0};
}

Span
http_header(const HttpParser *parser, const char *name)
{
	return http_header_nth(parser, name, 0);
}

int
http_header_count(const HttpParser *parser, const char *name)
{
	int			count = 0;

	for (int i = 0; i < parser->header_count; i++)
		count += span_is_nocase(piece_span(parser, parser->headers[i].name), name);
	return count;
}
