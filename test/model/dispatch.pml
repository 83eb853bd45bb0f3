/*
 * dispatch.pml: the queue, leases, fencing tokens, epochs, the reaper, acknowledgements, pauses and cancelling, as a model.
 *
 * One run needs JOBS effects, one after the other. EXECUTORS processes take one executor's name over from each other: whoever
 * registered last has the current epoch, the others do not know yet. They claim the job, do it and acknowledge it. The reaper takes
 * leases away whose time is over, and that may be any lease at any moment. Somebody pauses and resumes the run, somebody cancels it.
 *
 * A d_step is what a transaction does at once; between two of them anybody else may come. An acknowledgement has three: its
 * statement's snapshot, taking the lease (it may wait for its lock), moving the run; until it commits, others see the lease, locked.
 *
 * What must hold: an epoch of the run is left once; a token moves the run once; while it runs, one thing moves it on (a queued job
 * or a lease); an effect that may not be repeated is given out once; nothing is given out for a run that has ended; what has ended
 * stays so; and every run ends or is parked.
 *
 * MUTANT plants a bug (run.sh says which) that one of these must find.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef IDEMPOTENT
#define IDEMPOTENT 1
#endif
#define EXECUTORS 2
#define JOBS 2
#define LOSSES 1				/* of one job; with one more it has failed */
#define PAUSES 1
#define EPOCHS 16				/* more than the run ever has; asserted */
#define TOKENS 16

mtype = { RUNNING, SUCCEEDED, FAILED, ABORTED, UNKNOWN };

/* The run. */
mtype state = RUNNING;
byte	epoch = 1;
byte	to_do = JOBS;
byte	losses;
bool	held;					/* paused */

/* ready: the job of the present epoch, and rows of older ones. */
bool	queued = true;
byte	stale_jobs;

/* lease: that there is one at most is asserted. */
bool	lease_open;
bool	lease_locked;
byte	lease_token;
byte	lease_epoch;			/* of the run */
byte	last_token;

/* executor. */
byte	executor_epoch;

/* What the properties speak of. */
bool	epoch_left[EPOCHS];
bool	token_used[TOKENS];
byte	given_out[JOBS + 1];

#define ended (state == SUCCEEDED || state == FAILED || state == ABORTED)
#define holders (queued + (lease_open && lease_epoch == epoch))

/* A transition of the run, planned for the epoch from. */
inline leave(from)
{
	assert(!epoch_left[from]);
	epoch_left[from] = true;
	epoch++;
	assert(epoch < EPOCHS);
	stale_jobs = stale_jobs + queued;
	queued = false
}

/* The job of the present epoch, unless the run is paused and it is held back. */
inline enqueue()
{
	queued = !held
}

inline check()
{
	assert(state != RUNNING || held || holders == 1);
	assert(holders <= 1)
}

proctype Executor()
{
	byte my_epoch, token, snapshot, planned;
	bool snapshot_runs, mine;		/* mine: this acknowledgement has the lease locked */

	d_step { executor_epoch++; my_epoch = executor_epoch }
	do
	:: state != RUNNING -> break
	:: my_epoch != executor_epoch && token == 0 -> break	/* UP302 */
	:: token == 0 && my_epoch == executor_epoch && stale_jobs > 0 ->
		/* a row of an older epoch falls out */
		d_step {
			if
			:: stale_jobs > 0 && MUTANT != 3 -> stale_jobs--
			:: stale_jobs > 0 && MUTANT == 3 ->
				stale_jobs--;
				given_out[to_do]++;
				assert(state == RUNNING);
				assert(IDEMPOTENT || given_out[to_do] == 1);
				assert(!lease_open)
			:: else
			fi
		}
	:: token == 0 && my_epoch == executor_epoch && queued ->
		d_step {
			if
			:: queued ->
				assert(!lease_open && state == RUNNING);
				queued = false;
				last_token++;
				assert(last_token < TOKENS);
				token = last_token;
				lease_open = true;
				lease_token = token;
				lease_epoch = epoch;
				given_out[to_do]++;
				assert(IDEMPOTENT || given_out[to_do] == 1);
				check()
			:: else
			fi
		}
	:: token != 0 ->
		d_step { snapshot = epoch; snapshot_runs = (state == RUNNING) };
		/* waits while somebody else has the lease locked */
		d_step {
			!lease_locked;
			planned = 0;
			mine = false;
			if
			:: MUTANT == 1 -> planned = epoch
			:: MUTANT != 1 && lease_open && lease_token == token && my_epoch == executor_epoch ->
				lease_locked = true;
				mine = true;
				if
				:: lease_epoch == snapshot && snapshot_runs -> planned = snapshot
				/* the lease was carried over since the snapshot: look again */
				:: !(lease_epoch == snapshot && snapshot_runs) && MUTANT != 4 && lease_epoch == epoch && state == RUNNING -> planned = epoch
				:: else
				fi
			:: else
			fi
		};
		d_step {
			if
			:: planned != 0 && (planned == epoch || MUTANT == 5) ->
				assert(!ended && !token_used[token]);
				token_used[token] = true;
				lease_open = lease_open && !mine;
				leave(epoch);
				losses = 0;
				to_do--;
				if
				:: to_do == 0 -> state = SUCCEEDED
				:: else -> enqueue()
				fi
			:: else -> lease_open = lease_open && !mine
			fi;
			lease_locked = lease_locked && !mine;
			token = 0;
			check()
		}
	od
}

/* Sees a lease whose time is over, locks it unless somebody has, and takes it away. */
active proctype Reaper()
{
	byte seen;

	do
	:: state != RUNNING || MUTANT == 7 -> break
	:: lease_open && !lease_locked ->
		seen = lease_token;
		d_step {
			if
			:: lease_open && !lease_locked && lease_token == seen ->
				if
				:: lease_epoch == epoch && state == RUNNING ->
					lease_open = false;
					leave(epoch);
					losses++;
					if
					:: !IDEMPOTENT && MUTANT != 6 -> state = UNKNOWN
					:: (IDEMPOTENT || MUTANT == 6) && losses > LOSSES -> state = FAILED
					:: else -> enqueue()
					fi
				:: else -> lease_open = false
				fi
			:: else
			fi;
			check()
		}
	od
}

/* Pausing and resuming are transitions; a lease of the run is carried over to the new epoch. */
inline carry_over()
{
	if
	:: lease_open && lease_epoch + 1 == epoch && MUTANT != 2 -> lease_epoch = epoch
	:: else
	fi
}

active proctype Operator()
{
	byte pauses;

	do
	:: pauses < PAUSES && state == RUNNING ->
		pauses++;
		d_step {
			!lease_locked;
			if
			:: state == RUNNING -> leave(epoch); carry_over(); held = true; check()
			:: else
			fi
		};
		d_step {
			!lease_locked;
			if
			:: state == RUNNING ->
				leave(epoch);
				carry_over();
				held = false;
				if
				:: !lease_open -> enqueue()
				:: else
				fi;
				check()
			:: else -> held = false
			fi
		}
	:: true -> break
	od;
	if
	:: true ->
		/* cancels: the run's row is enough, the lease is left to the reaper */
		d_step {
			if
			:: state == RUNNING -> leave(epoch); state = ABORTED
			:: else
			fi
		}
	:: true
	fi
}

init
{
	byte i;

	for (i : 1 .. EXECUTORS)
	{
		run Executor()
	}
}

ltl comes_to_an_end { <> (state != RUNNING) }
