/*
 * main.c: portarium-verify, the auditor's tool: no database, no network, nothing written.
 *
 * Exit status: 0 the evidence holds, 1 it was tampered with, 2 it cannot be judged.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/bundle.h"
#include "verify/proof.h"

/* ten years */
#define MAX_GAP_SECONDS 315360000

typedef struct Options
{
	const char *path;
	bool		proof;
	bool		json;
	int64_t		max_gap_us;
	Trust		trust;
} Options;

static void
usage(FILE *out)
{
	fputs(
		"usage: portarium-verify [--key VKEY|FILE]... [--policy FILE] [--tsa FILE] [--json]\n"
		"                        [--max-gap SECONDS] BUNDLE\n"
		"       portarium-verify [--key VKEY|FILE]... [--policy FILE] [--json] --proof FILE\n"
		"\n"
		"Verifies an evidence bundle, or the proof of one entry, with no database and no network.\n"
		"- as BUNDLE or FILE reads the standard input.\n"
		"\n"
		"  --key     a verifier key, or a file with one on each line, that you trust; without it\n"
		"            the keys in the bundle are used, and the report says so; a proof needs it\n"
		"  --policy  the log's keys, its witnesses and how many of them must have signed, too\n"
		"            (C2SP tlog-policy)\n"
		"  --tsa     the certificates (PEM) of who vouches for time stamps: the checkpoint must\n"
		"            have one of theirs\n"
		"  --proof   the file is the answer of portarium.evidence_proof\n"
		"  --max-gap a longer time between two entries is a finding: for logs with a heartbeat\n"
		"  --json    print the report as one JSON object\n"
		"  --version print the version and exit\n"
		"\n"
		"Exit status: 0 it holds, 1 tampered with, 2 it cannot be judged.\n",
		out);
}

static bool
seconds_read(const char *text, int64_t *microseconds)
{
	char	   *end;
	const long	seconds = strtol(text, &end, 10);

	*microseconds = (int64_t) seconds * 1000000;
	return end != text && *end == '\0' && seconds > 0 && seconds <= MAX_GAP_SECONDS;
}

/* -1: go on; else the exit status. */
static int
options_read(int argc, char **argv, Options *options)
{
	static const struct option known[] = {
		{"key", required_argument, NULL, 'k'},
		{"policy", required_argument, NULL, 'w'},
		{"tsa", required_argument, NULL, 't'},
		{"proof", no_argument, NULL, 'p'},
		{"max-gap", required_argument, NULL, 'g'},
		{"json", no_argument, NULL, 'j'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}
	};
	Failure		failure;
	int			option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
	{
		if (option == 'h')
			return usage(stdout), VERDICT_GOOD;
		if (option == 'v')
			return printf("portarium-verify %s\n", PORTARIUM_VERSION) < 0;
		if ((option == 'k' && !trust_argument(&options->trust, optarg, &failure)) ||
			(option == 'w' && !trust_policy(&options->trust, optarg, &failure)))
		{
			fprintf(stderr, "portarium-verify: %s\n", failure.message);
			return VERDICT_UNUSABLE;
		}
		if (option == 'g' && !seconds_read(optarg, &options->max_gap_us))
			return fputs("portarium-verify: --max-gap is not a number of seconds\n", stderr),
				   VERDICT_UNUSABLE;
		if (option == 't')
			options->trust.tsa_ca = optarg;
		options->proof = options->proof || option == 'p';
		options->json = options->json || option == 'j';
		if (option == '?')
			return VERDICT_UNUSABLE;
	}
	if (options->proof && options->trust.tsa_ca != NULL)
		return fputs("portarium-verify: a proof has no time stamp\n", stderr), VERDICT_UNUSABLE;
	if (optind != argc - 1)
	{
		usage(stderr);
		return VERDICT_UNUSABLE;
	}
	options->path = argv[optind];
	return -1;
}

static void
verify(Options *options, Report *report)
{
	const bool	standard = strcmp(options->path, "-") == 0;
	FILE	   *file = standard ? stdin : fopen(options->path, "rb");

	if (file == NULL)
	{
		(void) report_finding(report, VERDICT_UNUSABLE, -1, 0, strerror(errno));
		return;
	}
	if (options->proof)
		proof_verify(file, &options->trust, report);
	else
		bundle_verify(file, &options->trust, options->max_gap_us, report);
	if (!standard)
		fclose(file);
}

int
main(int argc, char **argv)
{
	Options		options = {0};
	Report		report;
	int			status = options_read(argc, argv, &options);

	if (status >= 0)
		return status;
	report_init(&report);
	verify(&options, &report);
	if (options.json)
		report_print_json(&report, stdout);
	else
		report_print(&report, options.path, stdout);
	if (fflush(stdout) != 0)
		return VERDICT_UNUSABLE;
	return (int) report.verdict;
}
