/*
 * main.c: portarium-relay, which carries sealed events out of the database.
 *
 * It reads every tenant's events in the order of their index, delivers them as CloudEvents to a
 * file or to an HTTP endpoint, and moves its cursor afterwards.  On servers without background
 * workers it can also be their clock.
 *
 * Exit status: 0 done, 1 something was left undone, 2 wrong options or settings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <getopt.h>
#include <stdio.h>

#include "relay/relay.h"

#define MAIN_USAGE 2

typedef struct MainOptions
{
	const char *config;
	bool		once;
	bool		check;
} MainOptions;

static void
main_help(void)
{
	(void) printf("Usage: portarium-relay [OPTION]…\n"
				  "\n"
				  "  --config FILE    settings as KEY=value lines; the environment wins over them\n"
				  "  --once           deliver what is there, then exit\n"
				  "  --check-config   print the settings and exit\n"
				  "  --version        print the version and exit\n"
				  "\n"
				  "Settings:\n");
	relay_settings_help(stdout);
}

/* Returns the exit status, or -1 when the relay is to run. */
static int
main_options(int argc, char **argv, MainOptions *options)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"once", no_argument, NULL, 'o'},
		{"check-config", no_argument, NULL, 'k'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int			option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		if (option == 'c')
			options->config = optarg;
		else if (option == 'o')
			options->once = true;
		else if (option == 'k')
			options->check = true;
		else if (option == 'v')
			return printf("portarium-relay %s\n", PORTARIUM_VERSION) < 0;
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
	RelaySettings settings;
	Failure		failure;
	int			status = main_options(argc, argv, &options);

	if (status >= 0)
		return status;
	log_start("portarium-relay", LOGLEVEL_INFO);
	if (!relay_settings_load(&settings, options.config, &failure))
	{
		log_error("wrong settings", log_text("reason", failure.message));
		return MAIN_USAGE;
	}
	settings.once = options.once;
	log_start("portarium-relay", settings.log_level);

	if (options.check)
		conf_print(settings.conf, stdout);
	else if (!relay_run(&settings, &failure))
	{
		log_error("stopped", log_text("reason", failure.message));
		status = 1;
	}
	relay_settings_free(&settings);
	return status > 0 ? status : 0;
}
