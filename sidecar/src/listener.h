/*
 * listener.h: a listening socket and the connections that came in by it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_LISTENER_H
#define SIDECAR_LISTENER_H

#include "conn.h"

typedef struct Listener
{
	Loop	   *loop;
	const ConnRules *rules;
	int			max;			/* connections in all */
	int			max_per_address;
	int			count;
	Conn	   *first;
	int			fd;				/* -1 once it is closed */
	int			spare_fd;		/* given up for a moment when descriptors run out */
	Watch		watch;
} Listener;

/* Listens on host:port. */
extern bool listener_open(Listener *listener, Loop *loop, const ConnRules *rules,
						  const char *address, Failure *failure) MUST_CHECK;

/* The address it has got, as host:port. */
extern bool listener_address(const Listener *listener, char *text, size_t size) MUST_CHECK;

/* Accepts no more; the connections end as soon as nothing is being answered. */
extern void listener_drain(Listener *listener);
extern void listener_close(Listener *listener);

/* To be called by ConnRules.closed. */
extern void listener_forget(Listener *listener, Conn *conn);

#endif							/* SIDECAR_LISTENER_H */
