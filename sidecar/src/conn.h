/*
 * conn.h: one client's connection.
 *
 *      READING ──request complete──► ANSWERING ──conn_reply──► WRITING ──all sent──► READING
 *         │                                                       │
 *         └──refused or too late──────────────────────────────────┴──must close──► LINGERING
 *
 *      ANSWERING ──conn_stream_begin──► STREAMING, until either end closes
 *
 * One request is taken at a time; what a client sends ahead waits in `rest` or in the socket.
 * Deadlines: the head of a request from its first byte (of the first request from accept), its
 * body, the pause between requests, a response that does not get away.  LINGERING discards input
 * for a moment so that the last answer is not lost to a reset.
 *
 * The connection frees itself.  Its owner learns of that by `closed`, and of a client that left
 * while its request was being answered by `gone`; after that conn_reply must not be called.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_CONN_H
#define SIDECAR_CONN_H

#include <netinet/in.h>

#include "common/buf.h"
#include "http.h"
#include "loop.h"
#include "response.h"

typedef struct Conn Conn;

typedef struct ConnRules
{
	int			header_ms;
	int			body_ms;
	int			idle_ms;
	size_t		body_max;
	void	   *service;
	void		(*request) (Conn *conn);	/* complete; ends in conn_reply, now or later */
	void		(*refused) (Conn *conn, int status, const char *reason);	/* ends in conn_reply */
	void		(*gone) (Conn *conn);
	void		(*closed) (Conn *conn);
} ConnRules;

typedef enum ConnState
{
	CONN_READING,
	CONN_ANSWERING,
	CONN_WRITING,
	CONN_STREAMING,
	CONN_LINGERING
} ConnState;

struct Conn
{
	Loop	   *loop;
	const ConnRules *rules;
	void	   *request;		/* the owner's, while ANSWERING or STREAMING */
	struct in6_addr address;
	Conn	   *previous;		/* the owner's list */
	Conn	   *next;

	int			fd;
	Watch		watch;
	Timer		timer;
	ConnState	state;
	HttpParser	parser;
	Buf			rest;			/* bytes read, not yet parsed */
	Buf			out;
	size_t		sent;
	int64_t		body_since_ms;
	int64_t		discarded;		/* while LINGERING */
	bool		readable;		/* edge-triggered: there may be more in the socket */
	bool		half_closed;	/* the client sends no more; what it has sent may be unread */
	bool		must_close;
	bool		running;		/* inside conn_run: no recursion, no release */
	bool		dead;
};

/* Takes over the descriptor; NULL (and it is closed) when there is no memory. */
extern Conn *conn_open(Loop *loop, const ConnRules *rules, int fd, struct in6_addr address);

extern void conn_reply(Conn *conn, const Reply *reply);

/*
 * Instead of conn_reply: an answer that goes on until the connection closes.  conn_stream may find
 * that the client is gone and release the connection, so nothing of it may be used afterwards.
 */
extern void conn_stream_begin(Conn *conn, const char *content_type);
extern void conn_stream(Conn *conn, Span text);

/* Something of what was given to conn_stream is not away yet. */
extern bool conn_stream_waits(const Conn *conn);

/* No more requests: closes when nothing is being answered, else after the answer. */
extern void conn_drain(Conn *conn);

/* At once. */
extern void conn_close(Conn *conn);

#endif							/* SIDECAR_CONN_H */
