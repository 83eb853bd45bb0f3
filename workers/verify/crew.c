/*
 * crew.c: threads that check batches side by side.
 *
 * Order: the owner fills batches and gives them; each thread takes the next one that is given; the owner takes
 * them back in the order in which it gave them, so that what is found first is what stands first.  A batch
 * belongs to whoever has it: the owner until it is given and when it has come back, a thread in between; the text of the
 * one before may be read by anybody, as nobody changes it until it is filled again.  The lock guards the counters.
 *
 * Memory: no more batches are under way than there are places, and no more text than CREW_TEXT, but for one batch.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verify/crew.h"

#include <sched.h>

#define CREW_TEXT (8 * 1024 * 1024)

static Batch *
crew_batch(Crew *crew, uint64_t number)
{
	return &crew->batch[number % CREW_BATCHES];
}

/* The next batch that is given; false: there will be none. */
static bool
crew_next(Crew *crew, uint64_t *number)
{
	bool		more;

	pthread_mutex_lock(&crew->lock);
	while (crew->begun == crew->given && !crew->over)
		pthread_cond_wait(&crew->given_more, &crew->lock);
	more = crew->begun < crew->given && !crew->over;
	if (more)
		*number = crew->begun++;
	pthread_mutex_unlock(&crew->lock);
	return more;
}

static void *
crew_work(void *argument)
{
	Crew	   *crew = argument;
	Buf			again;
	uint64_t	number;

	buf_init(&again, READER_LINE_MAX);
	while (crew_next(crew, &number))
	{
		batch_check(crew_batch(crew, number), &again);
		pthread_mutex_lock(&crew->lock);
		crew->checked[number % CREW_BATCHES] = true;
		pthread_cond_signal(&crew->checked_more);
		pthread_mutex_unlock(&crew->lock);
	}
	buf_free(&again);
	return NULL;
}

static unsigned
crew_processors(void)
{
	cpu_set_t	set;
	int			n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n > CREW_THREADS ? CREW_THREADS : (unsigned) n;
}

void
crew_begin(Crew *crew)
{
	const unsigned wanted = crew_processors();

	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->given_more, NULL);
	pthread_cond_init(&crew->checked_more, NULL);
	crew->given = crew->begun = crew->ended = 0;
	crew->over = false;
	crew->text = 0;
	crew->n_threads = 0;
	for (int i = 0; i < CREW_BATCHES; i++)
		batch_init(&crew->batch[i]);
	while (crew->n_threads < wanted &&
		   pthread_create(&crew->thread[crew->n_threads], NULL, crew_work, crew) == 0)
		crew->n_threads++;
}

void
crew_end(Crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->over = true;
	pthread_cond_broadcast(&crew->given_more);
	pthread_mutex_unlock(&crew->lock);
	while (crew->n_threads > 0)
		pthread_join(crew->thread[--crew->n_threads], NULL);
	for (int i = 0; i < CREW_BATCHES; i++)
		batch_free(&crew->batch[i]);
	pthread_cond_destroy(&crew->checked_more);
	pthread_cond_destroy(&crew->given_more);
	pthread_mutex_destroy(&crew->lock);
}

Batch *
crew_room(Crew *crew, const Batch **before)
{
	const uint64_t under_way = crew->given - crew->ended;

	*before = crew->given > 0 ? crew_batch(crew, crew->given - 1) : NULL;
	/* the one before must not be the one that is filled */
	if (under_way == CREW_BATCHES - 1 || (under_way > 0 && crew->text > CREW_TEXT))
		return NULL;
	return crew_batch(crew, crew->given);
}

void
crew_give(Crew *crew)
{
	crew->text += crew_batch(crew, crew->given)->text.len;
	pthread_mutex_lock(&crew->lock);
	crew->checked[crew->given % CREW_BATCHES] = false;
	crew->given++;
	pthread_cond_signal(&crew->given_more);
	pthread_mutex_unlock(&crew->lock);
}

Batch *
crew_oldest(Crew *crew)
{
	Batch	   *oldest = crew_batch(crew, crew->ended);
	Buf			again;

	if (crew->ended == crew->given)
		return NULL;
	if (crew->n_threads == 0)
	{
		buf_init(&again, READER_LINE_MAX);
		batch_check(oldest, &again);
		buf_free(&again);
		return oldest;
	}
	pthread_mutex_lock(&crew->lock);
	while (!crew->checked[crew->ended % CREW_BATCHES])
		pthread_cond_wait(&crew->checked_more, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	return oldest;
}

void
crew_taken(Crew *crew)
{
	crew->text -= crew_batch(crew, crew->ended)->text.len;
	crew->ended++;
}
