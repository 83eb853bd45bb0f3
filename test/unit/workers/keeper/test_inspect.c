/*
 * test_inspect.c: which payloads a sample takes: a value worked out elsewhere, and about as many as it should.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "keeper/inspect.h"

static int
sampled_of(const unsigned char *seed, int percent, int payloads)
{
	char		id[37];
	int			n = 0;
	bool		sampled;

	for (int i = 0; i < payloads; i++)
	{
		(void) snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", i);
		if (!inspect_sampled(seed, percent, id, &sampled))
			return -1;
		n += sampled;
	}
	return n;
}

int
main(void)
{
	static const unsigned char zeros[DIGEST_SIZE];
	unsigned char ones[DIGEST_SIZE];
	const char *id = "00000000-0000-4000-8000-000000000000";
	bool		sampled;

	memset(ones, 1, sizeof(ones));
	/* SHA-256 of 32 zeros and the id begins with 907682ad: 56.43 of a hundred */
	CHECK("just not", inspect_sampled(zeros, 56, id, &sampled) && !sampled);
	CHECK("just so", inspect_sampled(zeros, 57, id, &sampled) && sampled);
	CHECK("all", sampled_of(zeros, 100, 1000) == 1000);
	CHECK("as many as elsewhere", sampled_of(zeros, 10, 10000) == 959);
	CHECK("another seed, another sample",
		  sampled_of(zeros, 50, 1000) != sampled_of(ones, 50, 1000));
	CHECK("no id", !inspect_sampled(zeros, 50, "00000000-0000-4000-8000-00000000000", &sampled));
	CHECK("too long", !inspect_sampled(zeros, 50, "00000000-0000-4000-8000-0000000000000", &sampled));
	CHECK("not of digits", !inspect_sampled(zeros, 50, "00000000-0000-4000-8000-00000000000x", &sampled));
	return check_close();
}
