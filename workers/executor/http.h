/*
 * http.h: the adapter that sends HTTP requests.
 *
 * All transfers run over one curl multi handle.  http_begin starts a job's request, http_step moves
 * every transfer on and ends the jobs whose transfer is over.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_HTTP_H
#define EXECUTOR_HTTP_H

#include <poll.h>
#include <stdbool.h>

#include "executor/job.h"

typedef struct Http Http;

typedef struct HttpSettings
{
	int			credentials_fd; /* open directory, -1: none */
	int			connect_timeout_ms;
	int			host_connections;	/* at most so many to one host */
	int			breaker_failures;	/* in a row, until a destination is left alone; 0: never */
	int			breaker_ms;		/* for so long */
	bool		private_network;	/* loopback and private addresses are allowed */
	const char *egress;			/* the egress proxy's socket; NULL: none */
	const char *proxy;			/* "": none, whatever the environment says; else it judges addresses */
	const char *ca_file;		/* NULL: the system's */
} HttpSettings;

/* The settings are copied, their strings are not. */
extern Http *http_create(const HttpSettings *settings, Failure *failure) MUST_CHECK;
extern void http_destroy(Http *http);

/* Starts the request of a RUNNING job, or ends the job with the reason. */
extern void http_begin(Http *http, Job *job);

/* Moves all transfers on. */
extern void http_step(Http *http);

/* Waits for any transfer, any of the descriptors, or timeout_ms. */
extern void http_wait(Http *http, struct pollfd *fds, int n_fds, int timeout_ms);

/* Gives a transfer up without an outcome; the job's owner decides what it means. */
extern void http_abandon(Http *http, Job *job);

#endif							/* EXECUTOR_HTTP_H */
