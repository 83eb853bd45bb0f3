/*
 * main.c: portarium-sidecar, the HTTP API.
 *
 *     portarium-sidecar [--config FILE] [--check-config] [--version] [--help]
 *
 * Exit status: 0 after a drain or a good check, 1 when it could not start, 2 for wrong usage.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <getopt.h>
#include <stdio.h>
#include <sys/resource.h>

#include "common/log.h"
#include "server.h"
#include "settings.h"

static const char usage[] = "usage: portarium-sidecar [--config FILE] [--check-config]"
	" [--version] [--help]\n";

/* Every client and every database connection is a descriptor. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
	{
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			log_warn("the limit of file descriptors could not be raised");
	}
}

/* No key may end up in a core file. */
static bool
forbid_core_files(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none) == 0;
}

static int
run(const char *config_path, bool check_only)
{
	Settings	settings;
	Failure		failure;

	log_start("portarium-sidecar", LOGLEVEL_INFO);
	if (!settings_load(&settings, config_path, &failure))
	{
		log_error("settings are unusable", log_text("reason", failure.message));
		return 1;
	}
	if (check_only)
	{
		settings_print(&settings, stdout);
		settings_free(&settings);
		return 0;
	}
	log_start("portarium-sidecar", settings.log_level);
	raise_descriptor_limit();
	if (!forbid_core_files())
		log_warn("core files could not be forbidden");
	if (!server_run(&settings, config_path, &failure))
	{
		log_error("could not start", log_text("reason", failure.message));
		return 1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, 'k'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *config_path = NULL;
	bool		check_only = false;
	int			option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
	{
		switch (option)
		{
			case 'c':
				config_path = optarg;
				break;
			case 'k':
				check_only = true;
				break;
			case 'v':
				return printf("portarium-sidecar %s\n", PORTARIUM_VERSION) < 0;
			case 'h':
				fputs(usage, stdout);
				settings_help(stdout);
				return 0;
			default:
				fputs(usage, stderr);
				return 2;
		}
	}
	if (optind != argc)
	{
		fputs(usage, stderr);
		return 2;
	}
	return run(config_path, check_only);
}
