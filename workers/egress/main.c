/*
 * main.c: portarium-egress, the only way out for executors and their programs.
 *
 * It lets a connection through when the control plane has the host on the adapter's list and every
 * address of the host may be reached.
 *
 * Exit status: 0 done, 1 it could not work, 2 wrong options or settings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <getopt.h>
#include <stdio.h>

#include "egress/server.h"

#define MAIN_USAGE 2

static void
main_help(void)
{
	(void) printf("Usage: portarium-egress [OPTION]…\n"
				  "\n"
				  "  --config FILE    settings as KEY=value lines; the environment wins over them\n"
				  "  --check-config   print the settings and exit\n"
				  "  --version        print the version and exit\n"
				  "\n"
				  "Settings:\n");
	proxy_settings_help(stdout);
}

typedef struct MainOptions
{
	const char *config;
	bool		check;
} MainOptions;

/* Returns the exit status, or -1 when the proxy is to run. */
static int
main_options(int argc, char **argv, MainOptions *options)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
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
		else if (option == 'k')
			options->check = true;
		else if (option == 'v')
			return printf("portarium-egress %s\n", PORTARIUM_VERSION) < 0;
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
	ProxySettings settings;
	Failure		failure;
	int			status = main_options(argc, argv, &options);

	if (status >= 0)
		return status;
	log_start("portarium-egress", LOGLEVEL_INFO);
	if (!proxy_settings_load(&settings, options.config, &failure))
	{
		log_error("wrong settings", log_text("reason", failure.message));
		return MAIN_USAGE;
	}
	log_start("portarium-egress", settings.log_level);
	status = 0;
	if (options.check)
		conf_print(settings.conf, stdout);
	else if (!server_run(&settings, &failure))
	{
		log_error("stopped", log_text("reason", failure.message));
		status = 1;
	}
	return status;
}
