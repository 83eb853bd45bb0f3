/*
 * response.c: the bytes of an HTTP/1.1 response.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "response.h"

#include <time.h>

const char *
response_phrase(int status)
{
	static const struct
	{
		int			status;
		const char *phrase;
	}			phrases[] = {
		{200, "OK"}, {204, "No Content"}, {400, "Bad Request"}, {401, "Unauthorized"},
		{403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
		{406, "Not Acceptable"}, {408, "Request Timeout"}, {409, "Conflict"},
		{413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
		{417, "Expectation Failed"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Error";
}

/* The Date header's value, made once a second. */
static const char *
date_text(void)
{
	static time_t made;
	static char text[32];
	time_t		now = time(NULL);
	struct tm	parts;

	if (now != made)
	{
		gmtime_r(&now, &parts);
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
		made = now;
	}
	return text;
}

bool
response_write(const Reply *reply, bool must_close, bool head_only, Buf *out)
{
	if (!buf_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nCache-Control: no-store\r\n"
					"X-Content-Type-Options: nosniff\r\n%s%s", reply->status,
					response_phrase(reply->status), date_text(), reply->headers,
					must_close ? "Connection: close\r\n" : ""))
		return false;
	if (reply->content_type == NULL)
		return buf_text(out, reply->status == 204 ? "\r\n" : "Content-Length: 0\r\n\r\n");
	return buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
					  reply->content_type, reply->body.len) &&
		(head_only || buf_append(out, reply->body.at, reply->body.len));
}

bool
response_begin(const char *content_type, Buf *out)
{
	return buf_printf(out, "HTTP/1.1 200 OK\r\nDate: %s\r\nCache-Control: no-store\r\n"
					  "X-Content-Type-Options: nosniff\r\nConnection: close\r\n"
					  "Content-Type: %s\r\n\r\n", date_text(), content_type);
}
