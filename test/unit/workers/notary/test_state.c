/*
 * test_state.c: the notary's memory: kept over a restart, refused when a byte of it is wrong.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "notary/state.h"

static char directory[] = "/tmp/test_state.XXXXXX";
static char path[64];

static void
fill(State *state)
{
	unsigned char hash[DIGEST_SIZE] = {0};

	memset(state, 0, sizeof(*state));
	snprintf(state->origin, sizeof(state->origin), "portarium.local/7/unit");
	merkle_init(&state->meta);
	state->round = 17;
	state->epoch = 1;
	state->epoch_first = 0;
	state->signed_us = INT64_C(1700000000000001);
	for (unsigned char i = 0; i < 100; i++)
	{
		Merkle		tree;
		Log		   *log;

		/* not in the order of the hashes */
		hash[0] = (unsigned char) (i * 37);
		log = state_add(state, hash, 1);
		CHECK("a log", log != NULL && state_find(state, hash, 1) == log &&
						   state_find(state, hash, 2) == NULL);
		log->tenant[3] = i;
		log->last_leaf[4] = i;
		log_open(log, &tree);
		for (unsigned char n = 0; n < i; n++)
			CHECK("a leaf", merkle_append(&tree, hash));
		CHECK("its frontier", log_close(log, &tree));
		CHECK("a meta leaf", merkle_append(&state->meta, hash));
	}
}

static bool
same(const State *a, const State *b)
{
	bool ok = strcmp(a->origin, b->origin) == 0 && a->meta.size == b->meta.size &&
			  a->meta.n == b->meta.n &&
			  memcmp(a->meta.node, b->meta.node, a->meta.n * DIGEST_SIZE) == 0 &&
			  a->epoch == b->epoch && a->epoch_first == b->epoch_first &&
			  a->round == b->round && a->signed_us == b->signed_us && a->n_logs == b->n_logs;

	for (size_t i = 0; ok && i < a->n_logs; i++)
	{
		const Log  *one = a->logs[i];
		const Log  *two = b->logs[i];

		ok = memcmp(one->tenant_hash, two->tenant_hash, DIGEST_SIZE) == 0 &&
			 one->epoch == two->epoch && memcmp(one->tenant, two->tenant, UUID_SIZE) == 0 &&
			 one->size == two->size && two->published == one->size &&
			 memcmp(one->last_leaf, two->last_leaf, DIGEST_SIZE) == 0 &&
			 memcmp(one->frontier, two->frontier, merkle_nodes(one->size) * DIGEST_SIZE) == 0;
	}
	return ok;
}

static void
write_file(const char *bytes, size_t len)
{
	const int	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK("write", fd >= 0 && write(fd, bytes, len) == (ssize_t) len);
	(void) close(fd);
}

static void
test_damage(void)
{
	static char bytes[65536];
	const int	fd = open(path, O_RDONLY);
	const ssize_t len = read(fd, bytes, sizeof(bytes));
	bool		refused = true;

	(void) close(fd);
	CHECK("the file fits", len > 1000 && len < (ssize_t) sizeof(bytes));
	for (ssize_t at = 0; at < len; at += 7)
	{
		State		state;
		Failure		failure;

		bytes[at] ^= 1;
		write_file(bytes, (size_t) len);
		bytes[at] ^= 1;
		refused = refused && !state_load(&state, path, &failure) &&
				  strcmp(failure.sqlstate, "UP902") == 0;
	}
	CHECK("a changed byte is refused", refused);
	for (ssize_t cut = 0; cut < len; cut += 13)
	{
		State		state;
		Failure		failure;

		write_file(bytes, (size_t) cut);
		refused = refused && !state_load(&state, path, &failure);
	}
	CHECK("a cut file is refused", refused);
}

int
main(void)
{
	State		state;
	State		loaded;
	Failure		failure;
	struct stat status;

	CHECK("directory", mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/state", directory);
	CHECK("no file is an empty state",
		  state_load(&loaded, path, &failure) && loaded.n_logs == 0 && loaded.meta.size == 0);
	fill(&state);
	CHECK("saved", state_save(&state, path, &failure));
	CHECK("for its owner only", stat(path, &status) == 0 && (status.st_mode & 077) == 0);
	CHECK("loaded", state_load(&loaded, path, &failure) && same(&state, &loaded));
	CHECK("saved again", state_save(&loaded, path, &failure));
	state_free(&loaded);
	CHECK("loaded again", state_load(&loaded, path, &failure) && same(&state, &loaded));
	state_free(&loaded);
	state.epoch = 3;
	state.epoch_first = 71;
	CHECK("with an epoch", state_save(&state, path, &failure) &&
		  state_load(&loaded, path, &failure) && same(&state, &loaded));
	state_free(&loaded);
	test_damage();
	state_free(&state);
	CHECK("a directory that is not there", !state_save(&state, "/nonexistent/state", &failure));
	(void) unlink(path);
	(void) rmdir(directory);
	return check_close();
}
