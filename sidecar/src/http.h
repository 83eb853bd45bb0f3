/*
 * http.h: one HTTP/1.x request out of a stream of bytes.
 *
 * The parser is llhttp, strict.  What it leaves open is checked here: the sizes of the request
 * line, of the header block and of the body, folded header lines, Host exactly once, and
 * Transfer-Encoding only `chunked` and only in HTTP/1.1.
 *
 *      http_feed(bytes) ──► HTTP_MORE      all bytes taken, the request is not complete
 *                           HTTP_CONTINUE  the client waits for "100 Continue" before the body
 *                           HTTP_DONE      complete; *used bytes were its own, the rest is the next
 *                           HTTP_REFUSED   status and reason say why; the connection must close
 *
 * An HttpParser owns the bytes of the head and of the body until http_reset.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_HTTP_H
#define SIDECAR_HTTP_H

#include <llhttp.h>

#include "common/buf.h"
#include "maxima.h"
#include "span.h"

typedef enum HttpResult
{
	HTTP_MORE,
	HTTP_CONTINUE,
	HTTP_DONE,
	HTTP_REFUSED
} HttpResult;

/* Where a piece of the head lies; offsets, because the buffer moves while it grows. */
typedef struct HttpPiece
{
	size_t		offset;
	size_t		len;
} HttpPiece;

typedef struct HttpHeader
{
	HttpPiece	name;
	HttpPiece	value;
} HttpHeader;

typedef struct HttpParser
{
	llhttp_t	machine;
	Buf			head;			/* target, then names and values */
	Buf			body;
	HttpPiece	target;
	HttpHeader	headers[LIMIT_HEADERS];
	int			header_count;

	/* the head is watched byte by byte before llhttp sees it */
	size_t		line_len;		/* of the line that is being read */
	size_t		block_len;		/* of the header lines so far */
	bool		in_head;		/* past leading empty lines */
	bool		past_request_line;
	bool		head_ended;		/* the empty line was seen */

	bool		started;		/* at least one byte of this request came */
	bool		complete;
	bool		wants_continue;
	size_t		trailer_len;
	size_t		extension_len;
	int			status;			/* why it was refused */
	const char *reason;
} HttpParser;

extern void http_init(HttpParser *parser, size_t body_max);

/* Makes ready for the next request of the connection. */
extern void http_reset(HttpParser *parser);
extern void http_free(HttpParser *parser);

extern HttpResult http_feed(HttpParser *parser, const char *bytes, size_t len, size_t *used);

/* After HTTP_DONE. */
extern const char *http_method(const HttpParser *parser);
extern Span http_target(const HttpParser *parser);
extern bool http_keep_alive(const HttpParser *parser);

/* The value of the header; at == NULL when it is not there, the first when it is there twice. */
extern Span http_header(const HttpParser *parser, const char *name);

/* The same of one that may be there several times; n counts from 0. */
extern Span http_header_nth(const HttpParser *parser, const char *name, int n);
extern int	http_header_count(const HttpParser *parser, const char *name);

#endif							/* SIDECAR_HTTP_H */
