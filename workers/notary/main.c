/*
 * main.c: portarium-notary, which signs what the database has written down.
 *
 * It runs as a user of its own and holds the only copy of the signing key.  Once a checkpoint is
 * signed, nobody who owns the database can have another history signed.
 *
 * Exit status: 0 done, 1 it could not work, 2 wrong options or settings, 3 it refuses to sign.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "notary/cosigner.h"
#include "notary/key.h"
#include "notary/probe.h"
#include "notary/serve.h"

#define MAIN_FAILED 1
#define MAIN_USAGE 2
#define MAIN_REFUSED 3

static const ConfItem settings[] = {
	{"DATABASE_URL", "", false, "Connection string of the database; empty: libpq's environment."},
	{"DATABASE_PASSWORD", NULL, true, "Password for it."},
	{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
	TELEMETRY_SETTINGS,
	{"NOTARY_KEY_FILE", NULL, false,
	 "Signing key (PEM, mode 0600), as keygen made it, with its .vkey beside it."},
	{"NOTARY_NEXT_KEY_FILE", NULL, false, "The key that is to follow; both sign as long as it is set."},
	{"NOTARY_STORE", NULL, false,
	 "Place of checkpoints and leaves: a directory, or s3://BUCKET[/PREFIX]; nothing in it is ever "
	 "overwritten."},
	{"NOTARY_STATE", NULL, false,
	 "File with what the notary has signed, directory of what a witness has; to be kept as safe as "
	 "the key."},
	{"NOTARY_S3_ENDPOINT", NULL, false, "URL of the object store, without bucket."},
	{"NOTARY_S3_REGION", "us-east-1", false, "Region that requests are signed for."},
	{"NOTARY_S3_ACCESS_KEY", NULL, false, "Name of the key that requests are signed with."},
	{"NOTARY_S3_SECRET_KEY", NULL, true, "That key."},
	{"NOTARY_S3_CA_FILE", NULL, false, "Certificates to trust (PEM) instead of the system's."},
	{"NOTARY_S3_LOCK_MODE", "COMPLIANCE", false,
	 "COMPLIANCE, or GOVERNANCE where nothing is at stake."},
	{"NOTARY_S3_LOCK_DAYS", "365", false, "How long nobody can delete an object."},
	{"NOTARY_PROBE_HOURS", "168", false,
	 "How often to try whether the object store is write-once, also at each start; 0: never."},
	{"NOTARY_AUDIT_HOURS", "0", false,
	 "How often to compute all of the store again, also at each start; 0: never."},
	{"NOTARY_PAST_KEYS", NULL, false, "File of verifier keys that signed earlier, one a line."},
	{"NOTARY_HEARTBEAT_SECONDS", "0", false,
	 "No tenant's log is silent for longer; 0: idle logs are not written to."},
	{"NOTARY_TSA_URL", NULL, false, "Time-stamping authority (RFC 3161) for checkpoints."},
	{"NOTARY_TSA_CA_FILE", NULL, false, "Certificates that the authority's must lead to (PEM)."},
	{"NOTARY_TSA_SECONDS", "3600", false, "Not more than one time stamp in so long."},
	{"NOTARY_STANDBYS", "0", false,
	 "Nothing is signed before its WAL is safe on so many standbys; the login must then be a member "
	 "of pg_read_all_stats."},
	{"NOTARY_POLICY", NULL, false,
	 "File with the log's keys, its witnesses and their quorum (C2SP tlog-policy); nothing is "
	 "published without the quorum. A witness: which logs it knows."},
	{"NOTARY_WITNESS_LISTEN", "127.0.0.1:7420", false, "ADDRESS:PORT of a witness."},
	{"NOTARY_INTERVAL_MS", "1000", false, "How often to look for something to sign."},
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

typedef struct Options
{
	const char *config;
	const char *name;			/* keygen */
	const char *key;			/* keygen */
	bool		once;
	bool		check;
	bool		probe;
	bool		recover;
	bool		witness;
} Options;

static void
usage(FILE *out)
{
	(void) fputs("Usage: portarium-notary [--config FILE] [--once] [--check-config]\n"
				 "       portarium-notary probe [--config FILE]\n"
				 "       portarium-notary recover [--config FILE]\n"
				 "       portarium-notary witness [--config FILE]\n"
				 "       portarium-notary keygen [--witness] --name NAME --key FILE\n"
				 "\n"
				 "  keygen           make FILE (the signing key) and FILE.vkey (the verifier key)\n"
				 "  witness          sign, on another host, what extends what was signed there\n"
				 "  probe            try whether the object store is write-once, print what held;\n"
				 "                   exit status 3 when something did not that evidence rests on\n"
				 "  recover          give the database back what it has lost of the signed log, once a\n"
				 "                   superuser has declared the recovery, and begin the next epoch\n"
				 "  --config FILE    settings as KEY=value lines; the environment wins over them\n"
				 "  --once           sign what is there to sign, then exit\n"
				 "  --check-config   print the settings and exit\n"
				 "  --version        print the version and exit\n"
				 "\n"
				 "Exit status: 0 done, 1 it could not work, 2 wrong options or settings,\n"
				 "3 it refuses to sign: the log does not extend what was signed before.\n"
				 "\n"
				 "Settings:\n", out);
	conf_help(settings, N_SETTINGS, out);
}

static int
keygen(const Options *options)
{
	Failure		failure;

	if (options->name == NULL || options->key == NULL)
	{
		(void) fputs("portarium-notary: keygen needs --name and --key\n", stderr);
		return MAIN_USAGE;
	}
	if (key_generate(options->name, options->witness, options->key, &failure))
		return 0;
	(void) fprintf(stderr, "portarium-notary: %s\n", failure.message);
	return MAIN_FAILED;
}

static int
run_probe(const Target *target)
{
	Failure		failure;
	Buf			report;
	bool		good;
	int			status = MAIN_FAILED;

	if (target->directory != NULL)
	{
		(void) fputs("portarium-notary: only an object store can be probed\n", stderr);
		return MAIN_USAGE;
	}
	buf_init(&report, PROBE_REPORT_MAX);
	if (!probe(&target->bucket, &report, &good, &failure))
		(void) fprintf(stderr, "portarium-notary: %s\n", failure.message);
	else
		status = puts(report.data) < 0 ? MAIN_FAILED : good ? 0 : MAIN_REFUSED;
	buf_free(&report);
	return status;
}

static bool
read_tsa(const Conf *conf, TsaSettings *tsa, Failure *failure)
{
	tsa->url = conf_value(conf, "NOTARY_TSA_URL");
	tsa->ca_file = conf_value(conf, "NOTARY_TSA_CA_FILE");
	if (tsa->url == NULL || tsa->ca_file != NULL)
		return conf_int(conf, "NOTARY_TSA_SECONDS", 1, 604800, &tsa->seconds, failure);
	failure_set(failure, "NOTARY_TSA_CA_FILE is needed with NOTARY_TSA_URL");
	return false;
}

static int
run_witness(const Conf *conf)
{
	const CosignerOptions options = {
		.key_path = conf_value(conf, "NOTARY_KEY_FILE"),
		.policy_path = conf_value(conf, "NOTARY_POLICY"),
		.directory = conf_value(conf, "NOTARY_STATE"),
		.listen_on = conf_value(conf, "NOTARY_WITNESS_LISTEN"),
	};

	if (options.key_path != NULL && options.policy_path != NULL && options.directory != NULL)
		return cosigner_serve(&options);
	(void) fputs("portarium-notary: NOTARY_KEY_FILE, NOTARY_POLICY and NOTARY_STATE are needed\n", stderr);
	return MAIN_USAGE;
}

/* All settings but the log's; the strings are conf's. */
static bool
read_settings(const Conf *conf, ServeOptions *serve_options, Failure *failure)
{
	serve_options->database = (PgTarget) {.conninfo = conf_value(conf, "DATABASE_URL"),
	.password = conf_value(conf, "DATABASE_PASSWORD"), .application = "portarium-notary"};
	serve_options->telemetry.listen = conf_value(conf, "METRICS_LISTEN");
	serve_options->key_paths[0] = conf_value(conf, "NOTARY_KEY_FILE");
	serve_options->key_paths[1] = conf_value(conf, "NOTARY_NEXT_KEY_FILE");
	serve_options->past_keys_path = conf_value(conf, "NOTARY_PAST_KEYS");
	serve_options->state_path = conf_value(conf, "NOTARY_STATE");
	serve_options->policy_path = conf_value(conf, "NOTARY_POLICY");
	if (serve_options->key_paths[0] != NULL && serve_options->state_path != NULL &&
		conf_value(conf, "NOTARY_STORE") != NULL)
		return telemetry_read(conf, &serve_options->telemetry, failure) &&
			   conf_int(conf, "NOTARY_INTERVAL_MS", 10, 3600000, &serve_options->interval_ms,
						failure) &&
			   conf_int(conf, "NOTARY_STANDBYS", 0, 100, &serve_options->standbys, failure) &&
			   conf_int(conf, "NOTARY_PROBE_HOURS", 0, 8760, &serve_options->probe_hours,
						failure) &&
			   conf_int(conf, "NOTARY_HEARTBEAT_SECONDS", 0, 604800,
						&serve_options->heartbeat_seconds, failure) &&
			   conf_int(conf, "NOTARY_AUDIT_HOURS", 0, 8760, &serve_options->audit_hours,
						failure) &&
			   read_tsa(conf, &serve_options->tsa, failure) &&
			   target_read(conf, "NOTARY", &serve_options->store, failure);
	failure_set(failure, "NOTARY_KEY_FILE, NOTARY_STORE and NOTARY_STATE are needed");
	return false;
}

static int
run(const Options *options)
{
	Failure		failure;
	Conf	   *conf = conf_load(settings, N_SETTINGS, options->config, &failure);
	ServeOptions serve_options = {.once = options->once};
	LogLevel	level;
	int			status = MAIN_USAGE;

	if (conf == NULL)
	{
		(void) fprintf(stderr, "portarium-notary: %s\n", failure.message);
		return MAIN_USAGE;
	}
	if (options->check)
	{
		conf_print(conf, stdout);
		status = 0;
	}
	else if (!log_level_parse(conf_value(conf, "LOG_LEVEL"), &level))
		(void) fputs("portarium-notary: LOG_LEVEL is not debug, info, warn or error\n", stderr);
	else if (options->witness)
	{
		log_start("portarium-notary", level);
		status = run_witness(conf);
	}
	else if (!read_settings(conf, &serve_options, &failure))
		(void) fprintf(stderr, "portarium-notary: %s\n", failure.message);
	else if (options->probe)
		status = run_probe(&serve_options.store);
	else
	{
		log_start("portarium-notary", level);
		status = options->recover ? serve_recovery(&serve_options) : serve(&serve_options);
	}
	conf_free(conf);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"name", required_argument, NULL, 'n'},
		{"key", required_argument, NULL, 'k'},
		{"once", no_argument, NULL, 'o'},
		{"check-config", no_argument, NULL, 'e'},
		{"witness", no_argument, NULL, 'w'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	Options		options = {0};
	int			option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		if (option == 'c')
			options.config = optarg;
		else if (option == 'n')
			options.name = optarg;
		else if (option == 'k')
			options.key = optarg;
		else if (option == 'o')
			options.once = true;
		else if (option == 'e')
			options.check = true;
		else if (option == 'w')
			options.witness = true;
		else if (option == 'v')
			return printf("portarium-notary %s\n", PORTARIUM_VERSION) < 0;
		else if (option == 'h')
			return usage(stdout), 0;
		else
			return MAIN_USAGE;
	}
	if (optind == argc)
		return run(&options);
	if (optind == argc - 1 && strcmp(argv[optind], "keygen") == 0)
		return keygen(&options);
	options.probe = optind == argc - 1 && strcmp(argv[optind], "probe") == 0;
	options.recover = optind == argc - 1 && strcmp(argv[optind], "recover") == 0;
	options.witness = optind == argc - 1 && strcmp(argv[optind], "witness") == 0;
	if (options.probe || options.recover || options.witness)
		return run(&options);
	usage(stderr);
	return MAIN_USAGE;
}
