/*
 * problem.h: one error, one wording, all layers: the database's error as RFC 9457 problem+json.
 *
 *     {"type":"urn:portarium:problem:UP103","title":"Conflict","status":409,"detail":…,
 *      "instance":"/rpc/start_run","code":"UP103","message":…,"details":…,"hint":…}
 *
 * `code` is the SQLSTATE; a refusal of the protocol itself, before there is one, has "HTTP" and
 * the status.  `message`, `details` and `hint` are the database's, word for word, except that an
 * internal error's text stays inside.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_PROBLEM_H
#define SIDECAR_PROBLEM_H

#include "common/buf.h"
#include "span.h"

typedef struct Problem
{
	int			status;
	char		code[8];		/* SQLSTATE, or HTTPnnn */
	const char *message;
	const char *details;		/* NULL when there is none, as the next two */
	const char *hint;
	const char *trace_id;
	const char *allow;			/* for 405: the methods that would do */
	int			retry_after;	/* seconds; 0: no header */
} Problem;

/* A problem of the protocol; its code is HTTPnnn. */
extern Problem problem_http(int status, const char *message);

/* 405, and what would be allowed. */
extern Problem problem_method(const char *allow);

/* A problem with an SQLSTATE; status and retry_after follow from it. */
extern Problem problem_sqlstate(const char *sqlstate, const char *message);

extern bool problem_write(const Problem *problem, Span instance, Buf *out) MUST_CHECK;

#endif							/* SIDECAR_PROBLEM_H */
