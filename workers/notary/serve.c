/*
 * serve.c: the notary's life: connect, a round every so often, until it is told to stop.
 *
 * A bucket is tried before the first round and every so often (probe.h).  A lost connection is made
 * again, and a store that cannot be reached is waited for; a refusal (UP902) ends the process, because
 * only a person can say what to do about a history that does not fit.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/serve.h"

#include <string.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/exporter.h"
#include "common/log.h"
#include "common/ready.h"
#include "common/sigs.h"
#include "common/telemetry.h"
#include "notary/audit.h"
#include "notary/calls.h"
#include "notary/notary.h"
#include "notary/notary_metrics.h"
#include "notary/probe.h"
#include "notary/recover.h"

#define SERVE_FAILED 1
#define SERVE_REFUSED 3
#define SERVE_RETRY_FIRST_MS 200
#define SERVE_RETRY_LAST_MS 10000
#define SERVE_HOUR_MS INT64_C(3600000)
/* the status of a life that goes on */
#define SERVE_ON (-1)

typedef struct Serve
{
	const ServeOptions *options;
	Notary		notary;
	Witnesses	witnesses;
	PGconn	   *conn;
	int			signals;
	Backoff		backoff;
	bool		said_ready;
	bool		said_behind;
	bool		probed;
	int64_t		probe_at_ms;	/* once it has been */
	int64_t		heartbeat_at_ms;
	int64_t		stamp_at_ms;
	int64_t		audit_at_ms;
	Trace		span;			/* of the last round that is told of; no trace_id: none */
} Serve;

static int
serve_ended_by(const Failure *failure)
{
	if (strcmp(failure->sqlstate, "UP902") == 0)
	{
		log_error("refuses to sign", log_text("sqlstate", failure->sqlstate),
				  log_text("reason", failure->message));
		return SERVE_REFUSED;
	}
	log_error("cannot work", log_text("sqlstate", failure->sqlstate),
			  log_text("reason", failure->message));
	return SERVE_FAILED;
}

/* True when a signal asks for the end. */
static bool
serve_wait(Serve *serve, int timeout_ms)
{
	return sigs_wait(serve->signals, timeout_ms) != 0;
}

/* After a failure that may pass: drops the connection, goes back to the saved state, waits. */
static int
serve_again(Serve *serve, const Failure *reason)
{
	Failure		failure;

	PQfinish(serve->conn);
	serve->conn = NULL;
	if (serve->options->once || !pgconn_transient(reason))
		return serve_ended_by(reason);
	log_warn("will try again", log_text("sqlstate", reason->sqlstate),
			 log_text("reason", reason->message), log_trace(serve->span.trace_id, serve->span.span_id));
	if (!notary_resume(&serve->notary, &failure))
		return serve_ended_by(&failure);
	return serve_wait(serve, backoff_next(&serve->backoff)) ? 0 : SERVE_ON;
}

/*
 * Tries a bucket when it is time.  The outcome becomes an entry of every tenant before it is acted on:
 * a store that does not hold what is put there is a refusal.
 */
static bool
serve_probe(Serve *serve, Failure *failure)
{
	const ServeOptions *options = serve->options;
	Buf			report;
	bool		good = true;
	bool		ok;

	if (options->store.directory != NULL || options->probe_hours == 0 ||
		(serve->probed && clock_ms() < serve->probe_at_ms))
		return true;
	buf_init(&report, PROBE_REPORT_MAX);
	ok = probe(&options->store.bucket, &report, &good, failure) &&
		 calls_probed(serve->conn, report.data, failure);
	if (ok)
		notary_metrics_store(good);
	if (ok && !good)
		failure_set_sqlstate(failure, "UP902", "store is not write-once: %.400s", report.data);
	buf_free(&report);
	serve->probed = ok;
	serve->probe_at_ms = clock_ms() + options->probe_hours * SERVE_HOUR_MS;
	return ok && good;
}

/* A round that signed something, or could not, is a trace of its own. */
static void
serve_tell(Serve *serve, int64_t start_us, uint64_t signed_size, const char *error)
{
	const Trace trace = trace_new(100);

	serve->span = (Trace) {.trace_id = ""};
	if (!exporter_is_on() || (signed_size == 0 && error == NULL) || trace.trace_id[0] == '\0')
		return;
	serve->span = trace;
	exporter_span(&(OtlpSpan) {
		.name = "checkpoint sign",
		.trace_id = trace.trace_id,
		.span_id = trace.span_id,
		.parent_id = "",
		.kind = OTLP_INTERNAL,
		.start_us = start_us,
		.end_us = clock_wall_us(),
		.error = error,
		.attributes = {{"portarium.checkpoint.meta_size", NULL, (int64_t) signed_size}},
	});
}

/* Twice in the interval, with half of it as the limit: so nobody is silent for longer than all of it. */
static bool
serve_heartbeat(Serve *serve, Failure *failure)
{
	const int	seconds = serve->options->heartbeat_seconds;

	if (seconds == 0 || clock_ms() < serve->heartbeat_at_ms)
		return true;
	serve->heartbeat_at_ms = clock_ms() + (int64_t) seconds * 500;
	return calls_heartbeat(serve->conn, seconds / 2, failure);
}

/* Audits the store when it is time. The outcome becomes an entry before it is acted on, as a probe's. */
static bool
serve_audit(Serve *serve, Failure *failure)
{
	const ServeOptions *options = serve->options;
	Failure		told;
	Buf			report;
	bool		good;
	bool		ok = true;

	if (options->audit_hours == 0 || clock_ms() < serve->audit_at_ms)
		return true;
	serve->audit_at_ms = clock_ms() + options->audit_hours * SERVE_HOUR_MS;
	buf_init(&report, AUDIT_REPORT_MAX);
	good = notary_audit(&serve->notary, options->past_keys_path, &report, failure);
	notary_metrics_store(good);
	if (good)
		log_info("store audited", log_text("report", report.data));
	if (good || strcmp(failure->sqlstate, "UP902") == 0)
		ok = calls_audited(serve->conn, report.data, good ? failure : &told);
	buf_free(&report);
	return good && ok;
}

/* A new checkpoint gets a time stamp, unless the last one is too young.  What the authority cannot do
 * now is tried with a later checkpoint. */
static bool
serve_stamp(Serve *serve, Failure *failure)
{
	const TsaSettings *tsa = &serve->options->tsa;

	if (tsa->url == NULL || clock_ms() < serve->stamp_at_ms)
		return true;
	serve->stamp_at_ms = clock_ms() + (int64_t) tsa->seconds * 1000;
	if (notary_stamp(&serve->notary, serve->conn, tsa, failure))
		return true;
	if (failure->sqlstate[0] != '\0')
		return false;
	log_warn("no time stamp", log_text("reason", failure->message));
	return true;
}

/* What a refused log means for the database: nothing is sealed over what is missing. */
static int
serve_refused(Serve *serve, const Failure *reason)
{
	Failure		failure;

	if (serve->notary.log_refused && !calls_refused(serve->conn, reason->message, &failure))
		log_error("could not stop sealing", log_text("sqlstate", failure.sqlstate),
				  log_text("reason", failure.message));
	return serve_again(serve, reason);
}

/* A log that the standbys do not have is waited for, and said once. */
static void
serve_behind(Serve *serve, bool behind)
{
	if (behind && !serve->said_behind)
		log_warn("not all is signed: the required standbys do not have it yet",
				 log_number("standbys", serve->options->standbys));
	serve->said_behind = behind;
}

static int
serve_round(Serve *serve)
{
	const int64_t start_us = clock_wall_us();
	Failure		failure;
	Round		round;

	if (serve->conn == NULL)
	{
		serve->conn = pgconn_open(&serve->options->database, &failure);
		if (serve->conn == NULL)
			return serve_again(serve, &failure);
	}
	if (!serve_probe(serve, &failure) || !serve_heartbeat(serve, &failure) ||
		!notary_round(&serve->notary, serve->conn, &round, &failure))
	{
		notary_metrics_failed(strcmp(failure.sqlstate, "UP902") == 0);
		serve_tell(serve, start_us, 0, failure.sqlstate[0] != '\0' ? failure.sqlstate : "failed");
		return serve_refused(serve, &failure);
	}
	notary_metrics_round(clock_wall_us() - start_us, round.signed_size);
	serve_tell(serve, start_us, round.signed_size, NULL);
	backoff_reset(&serve->backoff);
	if (!serve_audit(serve, &failure) ||
		(round.signed_size > 0 && !serve_stamp(serve, &failure)))
		return serve_again(serve, &failure);
	if (round.signed_size > 0)
		log_info("checkpoint signed", log_number("meta_size", round.signed_size),
				 log_trace(serve->span.trace_id, serve->span.span_id));
	if (!serve->said_ready && !serve->options->once)
		ready_line("portarium-notary", key_public(serve->notary.keys[0])->name);
	serve->said_ready = true;
	if (round.more)
		return serve_wait(serve, 0) ? 0 : SERVE_ON;
	serve_behind(serve, round.behind);
	if (serve->options->once)
		return round.behind ? SERVE_FAILED : 0;
	return serve_wait(serve, serve->options->interval_ms) ? 0 : SERVE_ON;
}

/* The witnesses of the policy, when there is one. */
static bool
serve_witnesses(Serve *serve, Failure *failure)
{
	if (serve->options->policy_path == NULL)
		return true;
	serve->notary.witnesses = &serve->witnesses;
	return policy_read(&serve->witnesses.policy, serve->options->policy_path, failure);
}

int
serve(const ServeOptions *options)
{
	Serve		serve = {.options = options, .conn = NULL};
	Failure		failure;
	int			status = SERVE_ON;

	backoff_init(&serve.backoff, SERVE_RETRY_FIRST_MS, SERVE_RETRY_LAST_MS);
	serve.signals = sigs_open(false, &failure);
	if (serve.signals < 0 ||
		!telemetry_start("portarium-notary", &options->telemetry, notary_metrics(), &failure) ||
		!notary_open(&serve.notary, options->key_paths, &options->store,
										  options->state_path, &failure) ||
		!serve_witnesses(&serve, &failure))
		return serve_ended_by(&failure);
	serve.notary.standbys = (unsigned) options->standbys;
	while (status == SERVE_ON)
		status = serve_round(&serve);
	PQfinish(serve.conn);
	notary_close(&serve.notary);
	(void) close(serve.signals);
	telemetry_stop();
	return status;
}

int
serve_recovery(const ServeOptions *options)
{
	Notary		notary;
	Recovered	done;
	Failure		failure;
	PGconn	   *conn;
	int			status = 0;

	if (!notary_open(&notary, options->key_paths, &options->store, options->state_path, &failure))
		return serve_ended_by(&failure);
	conn = pgconn_open(&options->database, &failure);
	if (conn != NULL && recover(&notary, conn, &done, &failure))
		log_info("recovered", log_number("epoch", (int64_t) done.epoch),
				 log_number("meta_leaves", (int64_t) done.meta_leaves),
				 log_number("leaves", (int64_t) done.leaves));
	else
		status = serve_ended_by(&failure);
	PQfinish(conn);
	notary_close(&notary);
	return status;
}
