/*
 * dialog.h: the executor's conversation with the database.
 *
 *     register -> exchange, heartbeat, exchange, …          on the first connection
 *                 await, await, …                           on the second one
 *
 * An exchange says which jobs have ended and claims new ones in the same commit.  It is made as
 * soon as a job has ended, or there may be jobs to claim; await tells when there may be.  UP302
 * means that another executor took the name over: all jobs are dropped and the executor registers
 * again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef EXECUTOR_DIALOG_H
#define EXECUTOR_DIALOG_H

#include <poll.h>
#include <stdbool.h>

#include "executor/adapters.h"
#include "executor/calls.h"
#include "executor/settings.h"

#define DIALOG_FDS 2

typedef enum DialogCall
{
	DIALOG_NO_CALL,
	DIALOG_REGISTER,
	DIALOG_EXCHANGE,
	DIALOG_HEARTBEAT
} DialogCall;

typedef struct Dialog
{
	const Settings *settings;
	const Adapters *adapters;
	JobTable   *jobs;
	Link		calls;
	Link		waits;
	DialogCall	running;		/* over calls */
	bool		registered;
	Identity	identity;
	bool		claiming;		/* false while draining */
	bool		hungry;			/* there may be jobs to claim */
	int			wanted;			/* by the running exchange */
	Buf			acks;
	int64_t		heartbeat_ms;	/* when the next one is due */
	int64_t		pause_ms;		/* no call before */
	int64_t		wait_pause_ms;	/* no await before */
	Backoff		backoff;		/* for pauses after refusals */
} Dialog;

extern void dialog_init(Dialog *dialog, const Settings *settings, const Adapters *adapters,
						JobTable *jobs);
extern void dialog_close(Dialog *dialog);

/* Takes the answers that came and makes the calls that are due. */
extern void dialog_step(Dialog *dialog);

/* True when nothing is claimed, nothing to be said, and the database knows of no job to claim. */
extern bool dialog_drained(const Dialog *dialog);

/* At most DIALOG_FDS descriptors to wait for; returns how many. */
extern int	dialog_fds(const Dialog *dialog, struct pollfd fds[DIALOG_FDS]);

/* When dialog_step must be called at the latest, on the monotonic clock. */
extern int64_t dialog_due(const Dialog *dialog);

#endif							/* EXECUTOR_DIALOG_H */
