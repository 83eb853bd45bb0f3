/*
 * main.c: portarium-executor, which does what runs ask of the outside world.
 *
 * It claims jobs from the database, sends HTTP requests or runs programs, and acknowledges the
 * outcomes.  It holds the credentials of the systems it talks to, and no right in the database but
 * to claim and to acknowledge.
 *
 * Exit status: 0 done, 1 something was left undone, 2 wrong options or settings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <getopt.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "executor/executor.h"
#include "executor/trial.h"

#define MAIN_USAGE 2

static void
main_help(void)
{
	(void) printf("Usage: portarium-executor [OPTION]…\n"
				  "\n"
				  "  --config FILE    settings as KEY=value lines; the environment wins over them\n"
				  "  --id NAME        register under this name\n"
				  "  --once           do what is there to do, then exit\n"
				  "  --try            try one operation, read from stdin, without the database\n"
				  "  --weak           run programs even when their sandbox lacks a layer\n"
				  "  --check-config   print the settings and exit\n"
				  "  --version        print the version and exit\n"
				  "\n"
				  "Settings:\n");
	settings_help(stdout);
}

typedef struct MainOptions
{
	SettingsOptions settings;
	bool		check;
	bool		trial;
} MainOptions;

/* Returns the exit status, or -1 when the executor is to run. */
static int
main_options(int argc, char **argv, MainOptions *options)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"id", required_argument, NULL, 'i'},
		{"once", no_argument, NULL, 'o'},
		{"try", no_argument, NULL, 't'},
		{"weak", no_argument, NULL, 'w'},
		{"check-config", no_argument, NULL, 'k'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int			option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		if (option == 'c')
			options->settings.file = optarg;
		else if (option == 'i')
			options->settings.name = optarg;
		else if (option == 'o')
			options->settings.once = true;
		else if (option == 't')
			options->trial = true;
		else if (option == 'w')
			options->settings.weak = true;
		else if (option == 'k')
			options->check = true;
		else if (option == 'v')
			return printf("portarium-executor %s\n", PORTARIUM_VERSION) < 0;
		else if (option == 'h')
			return main_help(), 0;
		else
			return MAIN_USAGE;
	}
	return optind < argc ? MAIN_USAGE : -1;
}

int
main(int argc, char **argv)
{
	MainOptions options = {0};
	Settings	settings;
	Failure		failure;
	int			status = main_options(argc, argv, &options);

	if (status >= 0)
		return status;
	log_start("portarium-executor", LOGLEVEL_INFO);
	/* Credentials are in our memory: no core, and nobody else of our user may look into it. */
	(void) prctl(PR_SET_DUMPABLE, 0);
	if (!settings_load(&settings, &options.settings, &failure))
	{
		log_error("wrong settings", log_text("reason", failure.message));
		return MAIN_USAGE;
	}
	log_start("portarium-executor", settings.log_level);
	if (settings.exec.weak != NULL)
		log_warn("PROGRAMS RUN IN A WEAK SANDBOX", log_text("lacking", settings.exec.weak));

	if (options.check)
		conf_print(settings.conf, stdout);
	else if (!(options.trial ? trial_run : executor_run) (&settings, &failure))
	{
		log_error("stopped", log_text("reason", failure.message));
		status = 1;
	}
	settings_free(&settings);
	return status > 0 ? status : 0;
}
