/*
 * crew.h: threads that check batches side by side.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef VERIFY_CREW_H
#define VERIFY_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>

#include "common/failure.h"
#include "verify/batch.h"

#define CREW_THREADS 8
#define CREW_BATCHES (CREW_THREADS + 4)

typedef struct Crew
{
	pthread_mutex_t lock;		/* guards what follows, but not the batches themselves */
	pthread_cond_t given_more;
	pthread_cond_t checked_more;
	uint64_t	given;			/* batches, counted from the begin; number i has its place at i % CREW_BATCHES */
	uint64_t	begun;			/* of them, by the threads */
	uint64_t	ended;			/* of them, taken back by the owner */
	bool		checked[CREW_BATCHES];
	bool		over;
	size_t		text;			/* bytes that are given and not taken back; the owner's own */
	unsigned	n_threads;
	pthread_t	thread[CREW_THREADS];
	Batch		batch[CREW_BATCHES];
} Crew;

/* As many threads as there are processors; fewer where the system has no more of them, and without any the
 * owner checks itself. */
extern void crew_begin(Crew *crew);
extern void crew_end(Crew *crew);

/* A batch to be filled, with the one in front of it (or NULL), or NULL: take one back first. */
extern Batch *crew_room(Crew *crew, const Batch **before);
extern void crew_give(Crew *crew);

/* The oldest batch that was given, checked; NULL: there is none.  It is the owner's until crew_taken. */
extern Batch *crew_oldest(Crew *crew);
extern void crew_taken(Crew *crew);

#endif							/* VERIFY_CREW_H */
