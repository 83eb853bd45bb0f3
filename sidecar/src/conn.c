/*
 * conn.c: one client's connection.
 *
 * conn_run is the only place that reads and parses; it is called when the socket reports and when
 * an answer is away, loops while there is something to do, and releases the connection at its end
 * when it has died on the way.  Events are edge-triggered, so the descriptor is registered once.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "maxima.h"

#define STALL_MS 30000
#define LINGER_MS 1000
#define BODY_RATE 1024			/* bytes a second that keep a slow body alive */
#define OUT_KEEP 16384			/* a larger output buffer is not kept for the next answer */

static void conn_run(Conn *conn);

static void
arm(Conn *conn, int64_t delay_ms)
{
	timer_set(&conn->loop->timers, &conn->timer, conn->loop->now_ms + delay_ms);
}

static void
release(Conn *conn)
{
	loop_forget(conn->loop, &conn->watch);
	timer_unset(&conn->loop->timers, &conn->timer);
	close(conn->fd);
	if (conn->request != NULL)
		conn->rules->gone(conn);
	conn->rules->closed(conn);
	http_free(&conn->parser);
	buf_free(&conn->rest);
	buf_free(&conn->out);
	free(conn);
}

void
conn_close(Conn *conn)
{
	conn->dead = true;
	if (!conn->running)
		release(conn);
}

/* The deadline that fits what the connection waits for. */
static void
arm_reading(Conn *conn)
{
	const HttpParser *parser = &conn->parser;

	if (parser->head_ended)
	{
		conn->body_since_ms = conn->loop->now_ms;
		arm(conn, conn->rules->body_ms);
	}
	else
		arm(conn, parser->started ? conn->rules->header_ms : conn->rules->idle_ms);
}

static void
begin_linger(Conn *conn)
{
	conn->state = CONN_LINGERING;
	conn->discarded = 0;
	if (shutdown(conn->fd, SHUT_WR) != 0)
		conn->dead = true;
	else
		arm(conn, LINGER_MS);
}

/* The whole answer is in the socket. */
static void
end_answer(Conn *conn)
{
	conn->sent = 0;
	if (conn->out.cap > OUT_KEEP)
		buf_free(&conn->out);
	else
		buf_reset(&conn->out);
	if (conn->must_close)
	{
		begin_linger(conn);
		return;
	}
	http_reset(&conn->parser);
	conn->state = CONN_READING;
	arm_reading(conn);
}

/* Sends what is in `out`; false when the client is gone. */
static bool
send_out(Conn *conn)
{
	while (conn->sent < conn->out.len)
	{
		ssize_t		count = send(conn->fd, conn->out.data + conn->sent,
								 conn->out.len - conn->sent, MSG_NOSIGNAL);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		conn->sent += (size_t) count;
		arm(conn, STALL_MS);
	}
	return true;
}

static void
write_some(Conn *conn)
{
	if (!send_out(conn))
		conn->dead = true;
	else if (conn->sent == conn->out.len)
		end_answer(conn);
}

void
conn_reply(Conn *conn, const Reply *reply)
{
	bool		head_only = strcmp(http_method(&conn->parser), "HEAD") == 0;

	conn->request = NULL;
	conn->must_close = conn->must_close || reply->close || !http_keep_alive(&conn->parser);
	conn->state = CONN_WRITING;
	arm(conn, STALL_MS);
	if (!response_write(reply, conn->must_close, head_only, &conn->out))
		conn->dead = true;
	if (!conn->running)
		conn_run(conn);
}

void
conn_stream_begin(Conn *conn, const char *content_type)
{
	conn->state = CONN_STREAMING;
	conn->must_close = true;
	if (!response_begin(content_type, &conn->out))
		conn->dead = true;
}

void
conn_stream(Conn *conn, Span text)
{
	if (text.len > 0 && !conn_stream_waits(conn))
		arm(conn, STALL_MS);
	if (!buf_append(&conn->out, text.at, text.len))
		conn->dead = true;
	if (!conn->running)
		conn_run(conn);
}

bool
conn_stream_waits(const Conn *conn)
{
	return conn->sent < conn->out.len;
}

/* Sends what is there; a client that does not take it meets the deadline. */
static void
write_stream(Conn *conn)
{
	if (!send_out(conn))
		conn->dead = true;
	else if (conn->sent == conn->out.len)
	{
		conn->sent = 0;
		buf_reset(&conn->out);
		timer_unset(&conn->loop->timers, &conn->timer);
	}
}

static void
refuse(Conn *conn, int status, const char *reason)
{
	conn->must_close = true;
	conn->state = CONN_ANSWERING;
	conn->rules->refused(conn, status, reason);
}

/* The client may send its body now. */
static void
say_continue(Conn *conn)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	conn->parser.wants_continue = false;
	if (send(conn->fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != (ssize_t) sizeof(text) - 1)
		conn->dead = true;		/* so short a text does not fit only when nobody reads */
}

/* Parses bytes.  What is not used is kept first, because the handlers below may come back here. */
static void
take_bytes(Conn *conn, const char *bytes, size_t len, bool from_rest)
{
	bool		started = conn->parser.started;
	bool		had_head = conn->parser.head_ended;
	size_t		used;
	HttpResult	result = http_feed(&conn->parser, bytes, len, &used);

	if (from_rest)
		buf_consume(&conn->rest, used);
	else if (used < len && !buf_append(&conn->rest, bytes + used, len - used))
		conn->dead = true;
	switch (result)
	{
		case HTTP_REFUSED:
			buf_free(&conn->rest);
			refuse(conn, conn->parser.status, conn->parser.reason);
			return;
		case HTTP_DONE:
			conn->state = CONN_ANSWERING;
			timer_unset(&conn->loop->timers, &conn->timer);
			conn->rules->request(conn);
			return;
		case HTTP_CONTINUE:
			say_continue(conn);
			break;
		case HTTP_MORE:
			break;
	}
	if (started != conn->parser.started || had_head != conn->parser.head_ended)
		arm_reading(conn);
}

/* Reads once into a buffer that all connections share; false when there is nothing to read. */
static bool
read_some(Conn *conn)
{
	static char shared[LIMIT_READ];
	ssize_t		count;

	if (!conn->readable)
		return false;
	count = recv(conn->fd, shared, sizeof(shared), 0);
	if (count < 0 && errno == EINTR)
		return true;
	if (count <= 0)
	{
		conn->readable = false;
		conn->dead = count == 0 || errno != EAGAIN;
		return false;
	}
	/* after a short read the next byte reports itself; the end of input has already done so */
	conn->readable = (size_t) count == sizeof(shared) || conn->half_closed;
	if (conn->state == CONN_LINGERING)
	{
		conn->discarded += count;
		conn->dead = conn->discarded > LIMIT_LINGER;
	}
	else
		take_bytes(conn, shared, (size_t) count, false);
	return true;
}

/* One thing that can be done now; false when there is none. */
static bool
step(Conn *conn)
{
	switch (conn->state)
	{
		case CONN_READING:
			if (conn->rest.len == 0)
				return read_some(conn);
			take_bytes(conn, conn->rest.data, conn->rest.len, true);
			return true;
		case CONN_WRITING:
			write_some(conn);
			return conn->state != CONN_WRITING;
		case CONN_LINGERING:
			return read_some(conn);
		case CONN_STREAMING:
			write_stream(conn);
			return false;
		case CONN_ANSWERING:
			return false;
	}
	return false;
}

static void
conn_run(Conn *conn)
{
	conn->running = true;
	while (!conn->dead && step(conn))
		continue;
	conn->running = false;
	if (conn->dead)
		release(conn);
}

static void
on_ready(void *owner, uint32_t events)
{
	Conn	   *conn = owner;

	/* whoever listens to a stream and closes is gone */
	if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
		(conn->state == CONN_STREAMING && (events & EPOLLRDHUP) != 0))
	{
		conn_close(conn);
		return;
	}
	conn->half_closed = conn->half_closed || (events & EPOLLRDHUP) != 0;
	if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
		conn->readable = true;
	conn_run(conn);
}

/* A body may take longer than its deadline while it comes at BODY_RATE. */
static bool
body_keeps_up(Conn *conn)
{
	int64_t		allowed = conn->rules->body_ms +
		(int64_t) conn->parser.body.len * 1000 / BODY_RATE;
	int64_t		left = conn->body_since_ms + allowed - conn->loop->now_ms;

	if (left <= 0)
		return false;
	arm(conn, left);
	return true;
}

static void
on_timer(void *owner)
{
	Conn	   *conn = owner;

	if (conn->state != CONN_READING || !conn->parser.started)
		conn_close(conn);
	else if (!conn->parser.head_ended || !body_keeps_up(conn))
	{
		conn->running = true;
		refuse(conn, 408, "the request did not come in time");
		conn_run(conn);
	}
}

void
conn_drain(Conn *conn)
{
	conn->must_close = true;
	if (conn->state == CONN_STREAMING ||
		(conn->state == CONN_READING && !conn->parser.started))
		conn_close(conn);
}

Conn *
conn_open(Loop *loop, const ConnRules *rules, int fd, struct in6_addr address)
{
	Conn	   *conn = calloc(1, sizeof(Conn));

	if (conn == NULL)
	{
		close(fd);
		return NULL;
	}
	conn->loop = loop;
	conn->rules = rules;
	conn->address = address;
	conn->fd = fd;
	conn->watch = (Watch) {-1, 0, on_ready, conn};
	conn->timer = (Timer) {0, 0, on_timer, conn};
	http_init(&conn->parser, rules->body_max);
	buf_init(&conn->rest, LIMIT_READ);
	buf_init(&conn->out, LIMIT_RESPONSE + LIMIT_HEADER_BLOCK);
	if (!loop_watch(loop, &conn->watch, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET))
	{
		close(fd);
		free(conn);
		return NULL;
	}
	arm(conn, rules->header_ms);
	return conn;
}
