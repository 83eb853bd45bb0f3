/*
 * settings.c: how the executor is told what to do.
 *
 * The program and the credential directory are opened once, here, and used by their descriptors.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "executor/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "executor/calls.h"
#include "executor/inspect.h"

#define SETTINGS_NAMES_MAX 65536

static const ConfItem settings_items[] = {
	{"DATABASE_URL", "", false, "Connection string of the database; empty: libpq's environment."},
	{"DATABASE_PASSWORD", NULL, true, "Password for it."},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
	TELEMETRY_SETTINGS,
	{"EXECUTOR_NAME", "executor", false, "Name to register under; of one executor only."},
	{"EXECUTOR_ADAPTERS", NULL, false, "Adapters that it serves, separated by commas."},
	{"EXECUTOR_CAPABILITIES", "", false,
	 "What it can do that operations require, separated by commas."},
	{"EXECUTOR_JOBS", "32", false, "Jobs that run at the same time."},
	{"EXECUTOR_DRAIN_SECONDS", "30", false, "How long running jobs may go on after SIGTERM."},
	{"EXECUTOR_CREDENTIALS", NULL, false, "Directory of credentials, one private file each."},
	{"EXECUTOR_CONNECT_MS", "3000", false, "Time limit for an HTTP connection."},
	{"EXECUTOR_HOST_CONNECTIONS", "32", false, "HTTP connections to one host at the same time."},
	{"EXECUTOR_BREAKER_FAILURES", "20", false,
	 "Failures in a row that open a destination's circuit; 0: none."},
	{"EXECUTOR_BREAKER_MS", "5000", false, "How long an open circuit stays open."},
	{"EXECUTOR_PRIVATE_NETWORK", "off", false, "on: loopback and private addresses are allowed."},
	{"EXECUTOR_PROXY", "", false, "HTTP proxy: a URL, or unix:PATH of an egress proxy."},
	{"EXECUTOR_CA", NULL, false, "File of trusted certificate authorities; else the system's."},
	{"EXECUTOR_PROGRAMS", NULL, false, "Directory of programs for exec adapters."},
	{"EXECUTOR_PROGRAM_MEMORY_MB", "512", false,
	 "Address space of a process, memory of a program."},
	{"EXECUTOR_PROGRAM_FILE_MB", "16", false, "Largest file that a program may write."},
	{"EXECUTOR_PROGRAM_TMP_MB", "64", false, "What a program's /tmp holds."},
	{"EXECUTOR_PROGRAM_FILES", "64", false, "Files that a process may have open."},
	{"EXECUTOR_PROGRAM_PROCESSES", "256", false, "Processes of a program."},
	{"EXECUTOR_PROGRAM_CPU_PERCENT", "100", false, "CPU time of a program, of one core."},
	{"EXECUTOR_PROGRAM_CGROUP", "", false, "Delegated cgroup directories, separated by colons."},
	{"EXECUTOR_PROGRAM_EGRESS", "", false, "Socket of the egress proxy that programs may use."},
};

#define SETTINGS_ITEMS (sizeof(settings_items) / sizeof(settings_items[0]))

/* Opens a directory that a setting names; a setting without a value leaves *fd at -1. */
static bool
settings_directory(const Conf *conf, const char *name, int *fd, Failure *failure)
{
	const char *path = conf_value(conf, name);

	*fd = -1;
	if (path == NULL || path[0] == '\0')
		return true;
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		failure_set(failure, "could not open directory \"%s\" of \"%s\": %s", path, name,
					strerror(errno));
	return *fd >= 0;
}

static bool
settings_sandbox(Settings *settings, Failure *failure)
{
	const Conf *conf = settings->conf;
	Sandbox    *sandbox = &settings->exec.sandbox;
	SandboxLimits *limits = &sandbox->limits;
	CgroupPlan *cgroup = &sandbox->cgroup;
	const char *egress = conf_value(conf, "EXECUTOR_PROGRAM_EGRESS");

	sandbox->egress_socket = egress[0] != '\0' ? egress : NULL;
	if (!conf_int(conf, "EXECUTOR_PROGRAM_MEMORY_MB", 16, 1048576, &limits->memory_mb, failure) ||
		!conf_int(conf, "EXECUTOR_PROGRAM_FILE_MB", 0, 1048576, &limits->file_mb, failure) ||
		!conf_int(conf, "EXECUTOR_PROGRAM_TMP_MB", 1, 1048576, &sandbox->tmp_mb, failure) ||
		!conf_int(conf, "EXECUTOR_PROGRAM_FILES", 8, 65536, &limits->files, failure) ||
		!conf_int(conf, "EXECUTOR_PROGRAM_PROCESSES", 2, 1048576, &limits->processes, failure) ||
		!conf_int(conf, "EXECUTOR_PROGRAM_CPU_PERCENT", 1, 102400, &cgroup->cpu_percent, failure) ||
		!cgroup_open(cgroup, conf_value(conf, "EXECUTOR_PROGRAM_CGROUP"), failure))
		return false;
	cgroup->memory_mb = limits->memory_mb;
	cgroup->processes = limits->processes + 1;	/* and their keeper */
	return filter_compile(&sandbox->filter, failure);
}

static bool
settings_programs(Settings *settings, Failure *failure)
{
	ExecSettings *exec = &settings->exec;

	if (!settings_directory(settings->conf, "EXECUTOR_PROGRAMS", &exec->programs_fd, failure))
		return false;
	if (exec->programs_fd < 0)
		return true;
	if (geteuid() == 0)
	{
		/* root is above the limits that contain a program */
		failure_set(failure, "an executor with a program directory must not run as root");
		return false;
	}
	return settings_sandbox(settings, failure) &&
		inspect_sandbox(&exec->sandbox, settings->weak, &exec->weak, failure);
}

static bool
settings_http(Settings *settings, Failure *failure)
{
	const Conf *conf = settings->conf;
	HttpSettings *http = &settings->http;

	http->proxy = conf_value(conf, "EXECUTOR_PROXY");
	http->egress = strncmp(http->proxy, "unix:", 5) == 0 ? http->proxy + 5 : NULL;
	if (http->egress != NULL)
		http->proxy = "";		/* it is set for each request, in the request's name */
	http->ca_file = conf_value(conf, "EXECUTOR_CA");
	return settings_directory(conf, "EXECUTOR_CREDENTIALS", &http->credentials_fd, failure) &&
		conf_switch(conf, "EXECUTOR_PRIVATE_NETWORK", &http->private_network, failure) &&
		conf_int(conf, "EXECUTOR_BREAKER_FAILURES", 0, 1000000, &http->breaker_failures, failure) &&
		conf_int(conf, "EXECUTOR_BREAKER_MS", 1, 3600000, &http->breaker_ms, failure) &&
		conf_int(conf, "EXECUTOR_CONNECT_MS", 1, 600000, &http->connect_timeout_ms, failure) &&
		conf_int(conf, "EXECUTOR_HOST_CONNECTIONS", 1, CALLS_WANT_MAX, &http->host_connections,
				 failure);
}

static bool
settings_general(Settings *settings, const SettingsOptions *options, Failure *failure)
{
	const Conf *conf = settings->conf;
	const char *adapters = conf_value(conf, "EXECUTOR_ADAPTERS");
	const char *capabilities = conf_value(conf, "EXECUTOR_CAPABILITIES");
	int			drain_seconds;

	settings->target.conninfo = conf_value(conf, "DATABASE_URL");
	settings->target.password = conf_value(conf, "DATABASE_PASSWORD");
	settings->target.application = "portarium-executor";
	settings->telemetry.listen = conf_value(conf, "METRICS_LISTEN");
	settings->name = options->name != NULL ? options->name : conf_value(conf, "EXECUTOR_NAME");

	if (!log_level_parse(conf_value(conf, "LOG_LEVEL"), &settings->log_level))
	{
		failure_set(failure, "setting \"LOG_LEVEL\" must be debug, info, warn or error");
		return false;
	}
	if (adapters == NULL || !calls_names(adapters, &settings->adapters))
	{
		failure_set(failure, "setting \"EXECUTOR_ADAPTERS\" must name at least one adapter");
		return false;
	}
	if (capabilities[0] != '\0' ? !calls_names(capabilities, &settings->capabilities)
		: !buf_text(&settings->capabilities, "{}"))
	{
		failure_set(failure, "setting \"EXECUTOR_CAPABILITIES\" is not a list of names");
		return false;
	}
	if (!telemetry_read(conf, &settings->telemetry, failure) ||
		!conf_int(conf, "EXECUTOR_JOBS", 1, CALLS_WANT_MAX, &settings->jobs, failure) ||
		!conf_int(conf, "EXECUTOR_DRAIN_SECONDS", 0, 3600, &drain_seconds, failure))
		return false;
	settings->drain_ms = drain_seconds * 1000;
	return true;
}

bool
settings_load(Settings *settings, const SettingsOptions *options, Failure *failure)
{
	memset(settings, 0, sizeof(*settings));
	settings->once = options->once;
	settings->weak = options->weak;
	settings->http.credentials_fd = settings->exec.programs_fd = -1;
	buf_init(&settings->adapters, SETTINGS_NAMES_MAX);
	buf_init(&settings->capabilities, SETTINGS_NAMES_MAX);
	settings->conf = conf_load(settings_items, SETTINGS_ITEMS, options->file, failure);
	if (settings->conf != NULL &&
		settings_general(settings, options, failure) &&
		settings_http(settings, failure) &&
		settings_programs(settings, failure))
		return true;
	settings_free(settings);
	return false;
}

void
settings_free(Settings *settings)
{
	if (settings->http.credentials_fd >= 0)
		(void) close(settings->http.credentials_fd);
	if (settings->exec.programs_fd >= 0)
		(void) close(settings->exec.programs_fd);
	cgroup_close(&settings->exec.sandbox.cgroup);
	filter_free(&settings->exec.sandbox.filter);
	buf_free(&settings->capabilities);
	buf_free(&settings->adapters);
	conf_free(settings->conf);
	settings->conf = NULL;
}

void
settings_help(FILE *out)
{
	conf_help(settings_items, SETTINGS_ITEMS, out);
}
