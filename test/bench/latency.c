/*
 * latency.c
 *		How long from the call that enqueues until a worker holds the job, at low load.
 *
 *	latency hand|governed COUNT WORKER-CONNINFO ENQUEUE-CONNINFO
 *
 * One sample: the worker starts to wait; a pause, so that it really waits; the clock starts; the
 * other connection enqueues and commits; the worker wakes and claims; the clock stops; the job is
 * completed outside the clock. "hand" is the hand-written queue with LISTEN and NOTIFY, "governed"
 * is start_run, await and exchange. Prints p50 and p95 in microseconds.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_MS 5
#define WAIT_MS 10000

typedef struct Bench
{
	PGconn	   *worker;
	PGconn	   *enqueuer;
	const char *executor[2];	/* id and epoch of the registered executor */
	char		acks[512];		/* acknowledges the last job with the next exchange */
} Bench;

typedef struct Mode
{
	const char *name;
	void		(*prepare) (Bench *bench);
	void		(*wait) (Bench *bench);		/* begin to wait, do not block */
	const char *enqueue;
	void		(*woken) (Bench *bench);	/* block until there may be work */
	bool		(*claim) (Bench *bench);
	void		(*complete) (Bench *bench);
} Mode;

static void
fail(PGconn *conn, const char *what)
{
	fprintf(stderr, "latency: %s: %s", what, PQerrorMessage(conn));
	exit(1);
}

/* Runs one statement; the caller clears the result. */
static PGresult *
call(PGconn *conn, const char *sql, int n_params, const char *const *params)
{
	PGresult   *result = PQexecParams(conn, sql, n_params, NULL, params, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail(conn, sql);
	return result;
}

static void
call_only(PGconn *conn, const char *sql)
{
	PQclear(call(conn, sql, 0, NULL));
}

static void
hand_prepare(Bench *bench)
{
	call_only(bench->worker, "listen bench_queue");
}

/* LISTEN waits by itself. */
static void
hand_wait(Bench *bench)
{
	(void) bench;
}

static void
hand_woken(Bench *bench)
{
	struct pollfd ready = {.fd = PQsocket(bench->worker), .events = POLLIN};
	PGnotify   *notify;

	while ((notify = PQnotifies(bench->worker)) == NULL)
	{
		if (poll(&ready, 1, WAIT_MS) <= 0 || !PQconsumeInput(bench->worker))
			fail(bench->worker, "no notification");
	}
	PQfreemem(notify);
}

static bool
hand_claim(Bench *bench)
{
	static const char sql[] =
		"update queue set claimed_at = now() where id = (select id from queue"
		" where claimed_at is null order by id limit 1 for update skip locked) returning id";
	PGresult   *result = call(bench->worker, sql, 0, NULL);
	bool		got = PQntuples(result) == 1;

	PQclear(result);
	return got;
}

static void
hand_complete(Bench *bench)
{
	call_only(bench->worker, "delete from queue where claimed_at is not null");
}

static void
governed_prepare(Bench *bench)
{
	static const char sql[] =
		"select executor_id, epoch"
		" from portarium.register_executor('latency', array['bench'], '1')";
	PGresult   *result = call(bench->worker, sql, 0, NULL);

	bench->executor[0] = strdup(PQgetvalue(result, 0, 0));
	bench->executor[1] = strdup(PQgetvalue(result, 0, 1));
	snprintf(bench->acks, sizeof bench->acks, "[]");
	PQclear(result);
}

static void
governed_wait(Bench *bench)
{
	const char *params[] = {bench->executor[0], "10000"};

	if (!PQsendQueryParams(bench->worker, "call portarium.await($1::int, $2::int)", 2, NULL, params,
						   NULL, NULL, 0))
		fail(bench->worker, "await");
}

static void
governed_woken(Bench *bench)
{
	PGresult   *result;

	while ((result = PQgetResult(bench->worker)) != NULL)
	{
		if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
			fail(bench->worker, "await");
		PQclear(result);
	}
}

static bool
governed_claim(Bench *bench)
{
	const char *params[] = {bench->executor[0], bench->executor[1], bench->acks};
	static const char sql[] =
		"select run_id, token from portarium.exchange($1::int, $2::int, $3::jsonb, 10)"
		" where kind = 'job'";
	PGresult   *result = call(bench->worker, sql, 3, params);
	bool		got = PQntuples(result) == 1;

	if (got)
		snprintf(bench->acks, sizeof bench->acks,
				 "[{\"run_id\":\"%s\",\"token\":%s,\"output\":{}}]",
				 PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1));
	else
		snprintf(bench->acks, sizeof bench->acks, "[]");
	PQclear(result);
	return got;
}

/* The exchange that acknowledges finds nothing more to claim. */
static void
governed_complete(Bench *bench)
{
	while (governed_claim(bench))
		;
}

static const Mode modes[] = {
	{"hand", hand_prepare, hand_wait,
		"with i as (insert into queue (id, payload) select coalesce(max(id), 0) + 1, '{}'"
		" from queue returning id) select pg_notify('bench_queue', id::text) from i",
		hand_woken, hand_claim, hand_complete},
	{"governed", governed_prepare, governed_wait,
		"select portarium.start_run('bench', '{}'::jsonb)",
		governed_woken, governed_claim, governed_complete},
};

static double
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* An early wake-up without work is part of the latency: wait again. */
static double
sample(const Mode *mode, Bench *bench)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	double		began;

	mode->wait(bench);
	nanosleep(&pause, NULL);
	began = now_us();
	call_only(bench->enqueuer, mode->enqueue);
	mode->woken(bench);
	while (!mode->claim(bench))
	{
		mode->wait(bench);
		mode->woken(bench);
	}
	began = now_us() - began;
	mode->complete(bench);
	return began;
}

static int
compare(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	const Mode *mode = argc == 5 && strcmp(argv[1], "governed") == 0 ? &modes[1] : &modes[0];
	int			count = argc == 5 ? (int) strtol(argv[2], NULL, 10) : 0;
	Bench		bench = {0};
	double	   *samples = calloc(count > 0 ? (size_t) count : 1, sizeof(double));

	if (count <= 0 || samples == NULL)
	{
		fputs("usage: latency hand|governed COUNT WORKER-CONNINFO ENQUEUE-CONNINFO\n", stderr);
		return 2;
	}
	bench.worker = PQconnectdb(argv[3]);
	bench.enqueuer = PQconnectdb(argv[4]);
	if (PQstatus(bench.worker) != CONNECTION_OK)
		fail(bench.worker, "connect");
	if (PQstatus(bench.enqueuer) != CONNECTION_OK)
		fail(bench.enqueuer, "connect");
	mode->prepare(&bench);
	for (int i = 0; i < count; i++)
		samples[i] = sample(mode, &bench);
	qsort(samples, (size_t) count, sizeof(double), compare);
	printf("%.0f %.0f\n", samples[count / 2], samples[count * 95 / 100]);
	return 0;
}
