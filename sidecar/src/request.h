/*
 * request.h: one API request on its way: who asks, what is called, how the answer is shown.
 *
 *      handler ── builds job->statement ──► request_perform(lane)
 *                                              │
 *           no context token yet:  route on the home's read lane, then mint
 *                                              ▼
 *                                  [context][call][Sync] on the lane of its database
 *                                              │
 *           UP204, token minted earlier: mint again, once        57014 on the read lane:
 *                                              ▼                  again on the slow lane
 *                                    render(rows) or a problem
 *
 * A request is freed when it has been answered or its client is gone; a job in flight outlives it
 * as an orphan.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef SIDECAR_REQUEST_H
#define SIDECAR_REQUEST_H

#include "conn.h"
#include "httptrace.h"
#include "problem.h"
#include "service.h"
#include "sidecar_metrics.h"
#include "url.h"

typedef struct Request Request;

struct Request
{
	Service    *service;
	Conn	   *conn;
	Url			url;
	bool		has_url;
	MetricsRoute route;
	bool		known;			/* the path names a function or a view that there is */
	int64_t		since_us;
	Identity   *identity;		/* held */
	Job		   *job;			/* ours until it is submitted */
	Job		   *in_flight;		/* the job or the look-up of the route */
	LaneId		lane;
	bool		minted;			/* the context token was made for this request */
	void		(*render) (Request *request, const PGresult *rows);
	void	   *more;			/* the handler's own, let go by release; NULL: neither */
	void		(*release) (Request *request);
	bool		streaming;		/* the answer has begun and goes on: there is no other one */
	HttpTrace	trace;
};

/* NULL when there is no memory. */
extern Request *request_new(Service *service, Conn *conn);
extern void request_free(Request *request);

/* Identifies the caller; on false the request has been answered with 401. */
extern bool request_identify(Request *request) MUST_CHECK;

/* Runs request->job; the request is answered later, or at once with a problem. */
extern void request_perform(Request *request, LaneId lane);

/* Counts and traces a request that is answered, or whose answer begins. */
extern void request_told(const Request *request, int status);

/* Answers.  The request is freed. */
extern void request_reply(Request *request, const Reply *reply);
extern void request_json(Request *request, int status, Span body, const char *headers);

/* Answers with the first column of the one row; null there is an answer that was too large. */
extern void request_body(Request *request, const PGresult *rows, const char *headers);
extern void request_problem(Request *request, Problem problem);

/* The same from a failure with an SQLSTATE. */
extern void request_failure(Request *request, const Failure *failure);

#endif							/* SIDECAR_REQUEST_H */
