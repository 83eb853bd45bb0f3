/*
 * main.c: tries every way out of the sandbox that it runs in.
 *
 *     escape PORT PROCESS DIRECTORY ABSTRACT
 *
 * Writes one JSON object: {"<attempt>": "held" | "leaked", …}.  Statically linked, so that it runs in
 * any tree of files.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

#define MAIN_SECONDS 20

/* An attempt that is killed has not got out. */
static bool
main_try(const Attempt *attempt, const Outside *outside)
{
	int			status = 0;
	pid_t		child = fork();

	if (child == 0)
	{
		(void) setpgid(0, 0);
		(void) alarm(MAIN_SECONDS);
		_exit(attempt->escapes(outside) ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
	{
		perror("escape");
		exit(2);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
main_list(const Attempt *attempts, size_t n, const Outside *outside, const char *separator)
{
	for (size_t i = 0; i < n; i++)
	{
		(void) printf("%s\"%s\": \"%s\"", i == 0 ? separator : ", ", attempts[i].name,
					  main_try(&attempts[i], outside) ? "leaked" : "held");
		(void) fflush(stdout);
	}
}

int
main(int argc, char **argv)
{
	Outside		outside;

	if (argc != 5)
		return 2;
	outside = (Outside) {(int) strtol(argv[1], NULL, 10), (pid_t) strtol(argv[2], NULL, 10),
						 argv[3], argv[4]};
	main_list(attempts_network, attempts_network_n, &outside, "{");
	main_list(attempts_kernel, attempts_kernel_n, &outside, ", ");
	return printf("}\n") < 0;
}
