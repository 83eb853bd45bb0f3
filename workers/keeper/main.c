/*
 * main.c: portarium-keeper, which keeps payloads: encrypted objects in a store, keys that the database
 * never has; and its other mode, rekey, which asks neither database nor store.
 *
 * Order of its life: connect, look whether everything is as it was left, then do what there is to do,
 * again and again.  A lost connection is made again and a store that is away is waited for; an object
 * or a key that is not as it was left (UP902) ends the process, because only a person can say what to
 * do about it.
 *
 * Exit status: 0 done, 1 it could not work, 2 wrong options or settings, 3 something is not as it was left.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/pgconn.h"
#include "common/ready.h"
#include "common/sigs.h"
#include "common/telemetry.h"
#include "keeper/duties.h"
#include "keeper/keeper_metrics.h"
#include "keeper/keeper_trace.h"
#include "keeper/patrol.h"
#include "keeper/rekey.h"
#include "store/target.h"

#define MAIN_FAILED 1
#define MAIN_USAGE 2
#define MAIN_REFUSED 3
#define MAIN_RETRY_FIRST_MS 200
#define MAIN_RETRY_LAST_MS 10000
/* the status of a life that goes on */
#define MAIN_ON (-1)

static const ConfItem settings[] = {
	{"DATABASE_URL", "", false, "Connection string of the database; empty: libpq's environment."},
	{"DATABASE_PASSWORD", NULL, true, "Password for it."},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
	TELEMETRY_SETTINGS,
	{"KEEPER_KEK", NULL, true, "The key that wraps all others: 64 hex digits."},
	{"KEEPER_NEW_KEK", NULL, true, "For rekey: the key that is to take its place."},
	{"KEEPER_KEYS", NULL, false, "Private directory of the wrapped keys."},
	{"KEEPER_STORE", NULL, false, "Place of the objects: a directory, or s3://BUCKET[/PREFIX]."},
	{"KEEPER_S3_ENDPOINT", NULL, false, "URL of the object store, without bucket."},
	{"KEEPER_S3_REGION", "us-east-1", false, "Region that requests are signed for."},
	{"KEEPER_S3_ACCESS_KEY", NULL, false, "Name of the key that requests are signed with."},
	{"KEEPER_S3_SECRET_KEY", NULL, true, "That key."},
	{"KEEPER_S3_CA_FILE", NULL, false, "Certificates to trust (PEM) instead of the system's."},
	{"KEEPER_S3_LOCK_MODE", "COMPLIANCE", false,
	 "COMPLIANCE, or GOVERNANCE where nothing is at stake."},
	{"KEEPER_S3_LOCK_DAYS", "1", false,
	 "First lock of an object, until the database has it written down; then it is extended."},
	{"KEEPER_INSPECT_HOURS", "168", false,
	 "How often to look whether objects and keys are as they were left, also at each start; 0: never."},
	{"KEEPER_INSPECT_PERCENT", "100", false,
	 "How many objects of a hundred are also read and hashed, a sample that nobody can foresee."},
	{"KEEPER_INSPECT_SHARE", "25", false,
	 "How much of the keeper's time, of a hundred, looking may take."},
	{"KEEPER_INTERVAL_MS", "2000", false, "How often to look for something to do."},
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

typedef struct Options
{
	PgTarget	database;
	TelemetrySettings telemetry;
	Target		store;
	const char *keys;
	const char *kek;
	int			interval_ms;
	int			inspect_hours;
	int			inspect_percent;
	int			inspect_share;
	bool		once;			/* until nothing is left to do */
} Options;

typedef struct Life
{
	const Options *options;
	Keeper		keeper;
	int			signals;
	Backoff		backoff;
	bool		said_ready;
	Patrol		patrol;
	Trace		span;			/* of what has failed; no trace_id: none */
} Life;

static int
life_ended_by(const Life *life, const Failure *failure)
{
	const bool	refused = strncmp(failure->sqlstate, "UP9", 3) == 0;

	log_error(refused ? "refuses to go on" : "cannot work", log_text("sqlstate", failure->sqlstate),
			  log_said("reason", failure->message), log_trace(life->span.trace_id, life->span.span_id));
	return refused ? MAIN_REFUSED : MAIN_FAILED;
}

static int
life_again(Life *life, const Failure *reason)
{
	PQfinish(life->keeper.conn);
	life->keeper.conn = NULL;
	keeper_metrics_failed(strncmp(reason->sqlstate, "UP9", 3) == 0);
	if (life->options->once || !pgconn_transient(reason))
		return life_ended_by(life, reason);
	log_warn("will try again", log_text("sqlstate", reason->sqlstate),
			 log_said("reason", reason->message), log_trace(life->span.trace_id, life->span.span_id));
	life->span = (Trace) {.trace_id = ""};
	return sigs_wait(life->signals, backoff_next(&life->backoff)) != 0 ? 0 : MAIN_ON;
}

/* A page of the inspection, if it is time; *looked: there was one. */
static bool
life_inspect(Life *life, bool *looked, Failure *failure)
{
	const bool	under_way = life->patrol.under_way;
	const KeeperTrace trace = keeper_trace_begin();
	const bool	ok = patrol_step(&life->patrol, &life->keeper, looked, failure);
	const bool	ended = under_way && !life->patrol.under_way;

	if (ok && !*looked && !ended)
		return true;
	keeper_trace_end(&trace, "inspect", "", ok ? NULL : failure);
	if (!ok)
		life->span = trace.span;
	else if (ended)
		log_info("inspected", log_trace(trace.span.trace_id, trace.span.span_id));
	return ok;
}

/* One thing, which is counted when it was done and told in any case. */
static bool
life_task(Life *life, const Task *task, Failure *failure)
{
	const KeeperTrace trace = keeper_trace_begin();
	const bool	ok = duties_do(&life->keeper, task, failure);

	keeper_trace_end(&trace, task->work, task->payload, ok ? NULL : failure);
	if (!ok)
	{
		life->span = trace.span;
		return false;
	}
	keeper_metrics_done(task->work);
	log_debug("done", log_text("work", task->work), log_some("payload_id", task->payload),
			  log_trace(trace.span.trace_id, trace.span.span_id));
	return true;
}

/* Does what there is to do; *more: there may be more at once. */
static bool
life_work(Life *life, bool *more, Failure *failure)
{
	PGresult   *tasks = tasks_next(life->keeper.conn, failure);
	bool		ok = tasks != NULL;

	*more = ok && PQntuples(tasks) > 0;
	for (int row = 0; ok && row < PQntuples(tasks); row++)
	{
		Task		task;

		ok = task_row(tasks, row, &task, failure) && life_task(life, &task, failure);
		task_free(&task);
	}
	PQclear(tasks);
	return ok;
}

/* Until there may be something to do, or the next page is to be looked at. */
static int
life_rest(const Life *life, bool looked)
{
	const int64_t rest = patrol_rest(&life->patrol);

	return looked && rest < life->options->interval_ms ? (int) rest : life->options->interval_ms;
}

static int
life_round(Life *life)
{
	Failure		failure;
	bool		looked;
	bool		more;

	if (life->keeper.conn == NULL)
	{
		life->keeper.conn = pgconn_open(&life->options->database, &failure);
		if (life->keeper.conn == NULL)
			return life_again(life, &failure);
	}
	if (!life_inspect(life, &looked, &failure) || !life_work(life, &more, &failure))
		return life_again(life, &failure);
	backoff_reset(&life->backoff);
	if (!life->said_ready && !life->options->once)
		ready_line("portarium-keeper", life->options->keys);
	life->said_ready = true;
	if (life->options->once && !more && !looked)
		return 0;
	return sigs_wait(life->signals, more ? 0 : life_rest(life, looked)) != 0 ? 0 : MAIN_ON;
}

static int
live(const Options *options)
{
	Life		life = {.options = options};
	Failure		failure;
	int			status = MAIN_ON;

	backoff_init(&life.backoff, MAIN_RETRY_FIRST_MS, MAIN_RETRY_LAST_MS);
	patrol_init(&life.patrol, options->inspect_hours, options->inspect_percent,
				options->once ? 100 : options->inspect_share);
	life.signals = sigs_open(false, &failure);
	if (life.signals >= 0 &&
		telemetry_start("portarium-keeper", &options->telemetry, keeper_metrics(), &failure))
		life.keeper.keys = keys_open(options->keys, options->kek, &failure);
	if (life.keeper.keys != NULL)
		life.keeper.store = target_open(&options->store, &failure);
	if (life.keeper.store == NULL)
		status = life_ended_by(&life, &failure);
	while (status == MAIN_ON)
		status = life_round(&life);
	PQfinish(life.keeper.conn);
	store_close(life.keeper.store);
	keys_close(life.keeper.keys);
	if (life.signals >= 0)
		(void) close(life.signals);
	telemetry_stop();
	return status;
}

static void
usage(FILE *out)
{
	(void) fputs("Usage: portarium-keeper [--config FILE] [--once] [--check-config]\n"
				 "       portarium-keeper rekey [--config FILE]\n"
				 "\n"
				 "  rekey            wrap all keys by another key-encryption key; no keeper may run\n"
				 "  --config FILE    settings as KEY=value lines; the environment wins over them\n"
				 "  --once           do what is there to do, then exit\n"
				 "  --check-config   print the settings and exit\n"
				 "  --version        print the version and exit\n"
				 "\n"
				 "Exit status: 0 done, 1 it could not work, 2 wrong options or settings,\n"
				 "3 an object or a key is not as it was left.\n"
				 "\n"
				 "Settings:\n", out);
	conf_help(settings, N_SETTINGS, out);
}

/* All settings but the log's; the strings are conf's. */
static bool
read_settings(const Conf *conf, Options *options, Failure *failure)
{
	options->database = (PgTarget) {.conninfo = conf_value(conf, "DATABASE_URL"),
	.password = conf_value(conf, "DATABASE_PASSWORD"), .application = "portarium-keeper"};
	options->telemetry.listen = conf_value(conf, "METRICS_LISTEN");
	options->keys = conf_value(conf, "KEEPER_KEYS");
	options->kek = conf_value(conf, "KEEPER_KEK");
	failure_set(failure, "KEEPER_KEK_FILE, KEEPER_KEYS and KEEPER_STORE are needed");
	return options->keys != NULL && options->kek != NULL &&
		   conf_value(conf, "KEEPER_STORE") != NULL &&
		   telemetry_read(conf, &options->telemetry, failure) &&
		   conf_int(conf, "KEEPER_INTERVAL_MS", 10, 3600000, &options->interval_ms, failure) &&
		   conf_int(conf, "KEEPER_INSPECT_HOURS", 0, 8760, &options->inspect_hours, failure) &&
		   conf_int(conf, "KEEPER_INSPECT_PERCENT", 1, 100, &options->inspect_percent, failure) &&
		   conf_int(conf, "KEEPER_INSPECT_SHARE", 1, 100, &options->inspect_share, failure) &&
		   target_read(conf, "KEEPER", &options->store, failure);
}

/* Another key-encryption key. */
static int
renew(const Conf *conf)
{
	const char *keys = conf_value(conf, "KEEPER_KEYS");
	const char *kek = conf_value(conf, "KEEPER_KEK");
	const char *new_kek = conf_value(conf, "KEEPER_NEW_KEK");
	uint64_t	wrapped;
	Failure		failure;

	if (keys == NULL || kek == NULL || new_kek == NULL)
	{
		(void) fputs("portarium-keeper: KEEPER_KEK_FILE, KEEPER_NEW_KEK_FILE and KEEPER_KEYS are "
					 "needed\n", stderr);
		return MAIN_USAGE;
	}
	if (!rekey(keys, kek, new_kek, &wrapped, &failure))
		return life_ended_by(&(Life) {.signals = -1}, &failure);
	log_info("keys are wrapped by the new key", log_number("keys", (int64_t) wrapped));
	return 0;
}

static int
run(const char *config, bool check, bool once, bool renewing)
{
	Failure		failure;
	Conf	   *conf = conf_load(settings, N_SETTINGS, config, &failure);
	Options		options = {.once = once};
	LogLevel	level;
	int			status = MAIN_USAGE;

	if (conf == NULL)
	{
		(void) fprintf(stderr, "portarium-keeper: %s\n", failure.message);
		return MAIN_USAGE;
	}
	if (check)
	{
		conf_print(conf, stdout);
		status = 0;
	}
	else if (!log_level_parse(conf_value(conf, "LOG_LEVEL"), &level))
		(void) fputs("portarium-keeper: LOG_LEVEL is not debug, info, warn or error\n", stderr);
	else if (renewing)
	{
		log_start("portarium-keeper", level);
		status = renew(conf);
	}
	else if (!read_settings(conf, &options, &failure))
		(void) fprintf(stderr, "portarium-keeper: %s\n", failure.message);
	else
	{
		log_start("portarium-keeper", level);
		status = live(&options);
	}
	conf_free(conf);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"once", no_argument, NULL, 'o'},
		{"check-config", no_argument, NULL, 'e'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *config = NULL;
	bool		once = false;
	bool		check = false;
	int			option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		if (option == 'v')
			return printf("portarium-keeper %s\n", PORTARIUM_VERSION) < 0;
		if (option == 'h')
			return usage(stdout), 0;
		if (option == '?')
			return MAIN_USAGE;
		if (option == 'c')
			config = optarg;
		once = once || option == 'o';
		check = check || option == 'e';
	}
	if (optind == argc)
		return run(config, check, once, false);
	if (optind == argc - 1 && strcmp(argv[optind], "rekey") == 0)
		return run(config, check, once, true);
	usage(stderr);
	return MAIN_USAGE;
}
