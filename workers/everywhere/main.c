/*
 * main.c: portarium-everywhere, which runs a daemon in every database that holds tenants.
 *
 * It asks the control database every two seconds which those are, and keeps one process of the
 * daemon for each.  In the daemon's settings %d stands for the database.  When the control database
 * cannot be asked, those that run go on.
 *
 * SIGTERM and SIGINT are passed on, and waited for; SIGHUP is passed on.
 *
 * Exit status: 0 done, 2 wrong options or settings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/pgconn.h"
#include "common/secret.h"
#include "common/sigs.h"
#include "everywhere/children.h"

#define MAIN_USAGE 2
#define LOOK_MS 2000

typedef struct Everywhere
{
	PgTarget	target;
	PGconn	   *conn;
	Children	children;
	int			signals;
	bool		stopping;
} Everywhere;

static void
usage(FILE *out)
{
	(void) fputs("Usage: portarium-everywhere --control DATABASE [--config FILE] [--] PROGRAM [ARGUMENT…]\n"
				 "\n"
				 "  --control DATABASE   the database that knows of the others\n"
				 "  --config FILE        the daemon's settings; give it to the daemon, too\n"
				 "  --version            print the version and exit\n"
				 "\n"
				 "In the daemon's settings, of the file or of the environment, %d is the database.\n"
				 "DATABASE_URL must have one. A path that ends in /%d is made. Without one METRICS_LISTEN is\n"
				 "the control database's only.\n", out);
}

/* The databases, as they are now; what is not known does not change. */
static void
look(Everywhere *everywhere)
{
	Failure		failure;
	PGresult   *result = NULL;

	if (everywhere->conn == NULL)
		everywhere->conn = pgconn_open(&everywhere->target, &failure);
	if (everywhere->conn != NULL)
		result = pgconn_call(everywhere->conn, "select portarium.databases()", 0, NULL, &failure);
	if (result == NULL)
	{
		log_warn("the databases are not known", log_text("sqlstate", failure.sqlstate),
				 log_said("reason", failure.message));
		PQfinish(everywhere->conn);
		everywhere->conn = NULL;
		return;
	}
	children_want_none(&everywhere->children);
	for (int i = 0; i < PQntuples(result); i++)
		children_want(&everywhere->children, PQgetvalue(result, i, 0));
	PQclear(result);
}

static void
take_signals(Everywhere *everywhere, int signal_number)
{
	for (; signal_number != 0; signal_number = sigs_next(everywhere->signals))
	{
		if (signal_number == SIGCHLD)
			children_reap(&everywhere->children);
		else
			children_signal(&everywhere->children, signal_number);
		if (signal_number == SIGTERM || signal_number == SIGINT)
			everywhere->stopping = true;
	}
}

static void
loop(Everywhere *everywhere)
{
	int64_t		look_at = 0;

	while (!everywhere->stopping)
	{
		int			due;
		int			wait_ms;

		if (clock_ms() >= look_at)
		{
			look(everywhere);
			look_at = clock_ms() + LOOK_MS;
		}
		due = children_look_after(&everywhere->children);
		wait_ms = (int) (look_at - clock_ms());
		if (due >= 0 && due < wait_ms)
			wait_ms = due;
		take_signals(everywhere, sigs_wait(everywhere->signals, wait_ms > 0 ? wait_ms : 0));
	}
	while (children_running(&everywhere->children) > 0)
		take_signals(everywhere, sigs_wait(everywhere->signals, -1));
}

/* What the daemon's own settings, which are in the environment by now, say of the control database. */
static bool
find_control(Everywhere *everywhere, char **password, Failure *failure)
{
	const char *path = getenv("DATABASE_PASSWORD_FILE");

	if (path != NULL && (*password = secret_read(AT_FDCWD, path, CONF_SECRET_MAX, failure)) == NULL)
		return false;
	everywhere->target = (PgTarget) {.conninfo = getenv("DATABASE_URL"), .password = *password,
	.application = "portarium-everywhere"};
	return true;
}

static bool
read_settings(Overrides *overrides, const char *config, const char *control, Failure *failure)
{
	if (!overrides_read(overrides, config, failure))
		return false;
	if (!overrides_vary(overrides, "DATABASE_URL"))
	{
		failure_set(failure, "DATABASE_URL has no %%d for the database");
		return false;
	}
	return overrides_apply(overrides, control, failure);
}

static int
run(const char *control, const char *config, char *const *command)
{
	static Everywhere everywhere;
	static Overrides overrides;
	Failure		failure;
	char	   *password = NULL;

	everywhere.signals = sigs_open(true, &failure);
	if (everywhere.signals < 0 || !read_settings(&overrides, config, control, &failure) ||
		!find_control(&everywhere, &password, &failure))
	{
		log_error("wrong settings", log_text("reason", failure.message));
		return MAIN_USAGE;
	}
	children_init(&everywhere.children, &overrides, control, command);
	loop(&everywhere);
	PQfinish(everywhere.conn);
	overrides_free(&overrides);
	secret_free(password);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {
		{"control", required_argument, NULL, 'd'},
		{"config", required_argument, NULL, 'c'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *control = NULL;
	const char *config = NULL;
	int			option;

	while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1)
	{
		if (option == 'd')
			control = optarg;
		else if (option == 'c')
			config = optarg;
		else if (option == 'v')
			return printf("portarium-everywhere %s\n", PORTARIUM_VERSION) < 0;
		else if (option == 'h')
			return usage(stdout), 0;
		else
			return MAIN_USAGE;
	}
	if (control == NULL || optind == argc)
		return usage(stderr), MAIN_USAGE;
	log_start("portarium-everywhere", LOGLEVEL_INFO);
	return run(control, config, argv + optind);
}
