/*
 * state.c: what the notary itself has seen and signed, in memory.
 *
 * The state owns its logs, a log its frontier and its new leaves.  state_file.c keeps it on disk.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "notary/state.h"

#include <stdlib.h>
#include <string.h>

static int
log_compare(const Log *log, const unsigned char tenant_hash[DIGEST_SIZE], uint32_t epoch)
{
	const int	order = memcmp(log->tenant_hash, tenant_hash, DIGEST_SIZE);

	return order != 0 ? order : (log->epoch > epoch) - (log->epoch < epoch);
}

/* The place of the log, or where it belongs. */
static size_t
state_place(const State *state, const unsigned char tenant_hash[DIGEST_SIZE], uint32_t epoch)
{
	size_t		low = 0;
	size_t		high = state->n_logs;

	while (low < high)
	{
		const size_t middle = low + (high - low) / 2;

		if (log_compare(state->logs[middle], tenant_hash, epoch) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

Log *
state_find(const State *state, const unsigned char tenant_hash[DIGEST_SIZE], uint32_t epoch)
{
	const size_t place = state_place(state, tenant_hash, epoch);

	return place < state->n_logs && log_compare(state->logs[place], tenant_hash, epoch) == 0 ?
		state->logs[place] : NULL;
}

static bool
state_make_room(State *state)
{
	const size_t room = state->room > 0 ? 2 * state->room : 64;
	Log		  **logs;

	if (state->n_logs < state->room)
		return true;
	if (state->n_logs >= STATE_LOGS_MAX)
		return false;
	logs = reallocarray(state->logs, room, sizeof(*logs));
	if (logs == NULL)
		return false;
	state->logs = logs;
	state->room = room;
	return true;
}

Log *
state_add(State *state, const unsigned char tenant_hash[DIGEST_SIZE], uint32_t epoch)
{
	const size_t place = state_place(state, tenant_hash, epoch);
	Log		   *log = state_make_room(state) ? calloc(1, sizeof(*log)) : NULL;

	if (log == NULL)
		return NULL;
	memcpy(log->tenant_hash, tenant_hash, DIGEST_SIZE);
	log->epoch = epoch;
	buf_init(&log->new_leaves, (size_t) STATE_NEW_LEAVES_MAX * LEAF_DATA_SIZE);
	memmove(state->logs + place + 1, state->logs + place,
			(state->n_logs - place) * sizeof(*state->logs));
	state->logs[place] = log;
	state->n_logs++;
	return log;
}

void
state_free(State *state)
{
	for (size_t i = 0; i < state->n_logs; i++)
	{
		free(state->logs[i]->frontier);
		buf_free(&state->logs[i]->new_leaves);
		free(state->logs[i]);
	}
	free(state->logs);
	memset(state, 0, sizeof(*state));
}

void
log_open(const Log *log, Merkle *tree)
{
	tree->size = log->size;
	tree->n = merkle_nodes(log->size);
	if (tree->n > 0)
		memcpy(tree->node, log->frontier, tree->n * DIGEST_SIZE);
}

bool
log_close(Log *log, const Merkle *tree)
{
	unsigned char *frontier = reallocarray(log->frontier, tree->n > 0 ? tree->n : 1, DIGEST_SIZE);

	if (frontier == NULL)
		return false;
	memcpy(frontier, tree->node, tree->n * DIGEST_SIZE);
	log->frontier = frontier;
	log->size = tree->size;
	return true;
}
