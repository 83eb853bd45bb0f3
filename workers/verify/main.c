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
#include <string.h>

#include "verify/bundle.h"
#include "verify/proof.h"

typedef struct Options
{
	const char *path;
	bool		proof;
	bool		json;
	Trust		trust;
} Options;

static void
usage(FILE *out)
{
	fputs(
		"usage: portarium-verify [--key VKEY|FILE]... [--json] BUNDLE\n"
		"       portarium-verify [--key VKEY|FILE]... [--json] --proof FILE\n"
		"\n"
		"Verifies an evidence bundle, or the proof of one entry, with no database and no network.\n"
		"- as BUNDLE or FILE reads the standard input.\n"
		"\n"
		"  --key     a verifier key, or a file with one on each line, that you trust; without it\n"
		"            the keys in the bundle are used, and the report says so; a proof needs it\n"
		"  --proof   the file is the answer of portarium.evidence_proof\n"
		"  --json    print the report as one JSON object\n"
		"  --version print the version and exit\n"
		"\n"
		"Exit status: 0 it holds, 1 tampered with, 2 it cannot be judged.\n",
		out);
}

/* -1: go on; else the exit status. */
static int
options_read(int argc, char **argv, Options *options)
{
	static const struct option known[] = {
		{"key", required_argument, NULL, 'k'},
		{"proof", no_argument, NULL, 'p'},
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
		if (option == 'k' && !trust_argument(&options->trust, optarg, &failure))
		{
			fprintf(stderr, "portarium-verify: %s\n", failure.message);
			return VERDICT_UNUSABLE;
		}
		options->proof = options->proof || option == 'p';
		options->json = options->json || option == 'j';
		if (option == '?')
			return VERDICT_UNUSABLE;
	}
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
		bundle_verify(file, &options->trust, report);
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
