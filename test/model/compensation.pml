/*
 * compensation.pml: the stack of what a run has done, its undoing, cancelling, lost executors and people who mend, as a model.
 *
 * One run does STEPS effects, one after the other, each undone by another effect. An executor claims a step, may bring its effect
 * about as long as it has the lease, and acknowledges; the reaper ends leases at any moment, which parks a running run, whose outcome
 * a person then says truly. Somebody may cancel the run at any moment. The engine undoes one step at a time; undoing may fail, and a
 * person then has it tried again.
 *
 * A d_step is what a transaction does at once, or an effect in the world.
 *
 * What must hold: what a run has done that ended without success is undone, also what was given up under way, and nothing is done
 * afterwards; a step is undone when all that came after it is; no step is undone twice; a run that succeeds has undone nothing; and
 * every run ends or waits for a person.
 *
 * MUTANT plants a bug (run.sh says which) that one of these must find.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define STEPS 3
#define FAILURES 1				/* of undoing */
#define NONE STEPS

mtype = { RUNNING, UNKNOWN, COMPENSATING, STUCK, SUCCEEDED, ENDED };

mtype state = RUNNING;
byte	at;						/* the step that the run stands in */
bool	leased[STEPS + 1];
bool	done[STEPS + 1];			/* in the world */

/* The stack; what is pushed is certain when an acknowledgement or a person says that it was done. */
bool	pushed[STEPS + 1];
bool	certain[STEPS + 1];
bool	undone[STEPS + 1];
byte	failures;

byte	i, top;					/* of whoever is in a d_step */

#define over (state == SUCCEEDED || state == ENDED)

inline push(step, known)
{
	pushed[step] = true;
	certain[step] = known
}

/* Fails or is cancelled: what is under way is pushed as well, because nobody knows what becomes of it. */
inline give_up()
{
	if
	:: (leased[at] || state == UNKNOWN) && MUTANT != 2 -> push(at, false)
	:: else
	fi;
	state = COMPENSATING
}

/* The last step that is pushed and not undone. */
inline find_top()
{
	top = NONE;
	for (i : 0 .. STEPS - 1)
	{
		if
		:: pushed[i] && !undone[i] && (MUTANT != 3 || top == NONE) -> top = i
		:: else
		fi
	}
}

inline go_on()
{
	at++;
	if
	:: at == STEPS ->
		state = SUCCEEDED;
		for (i : 0 .. STEPS - 1)
		{
			assert(done[i] && !undone[i])
		}
	:: else
	fi
}

inline end_run()
{
	state = ENDED;
	for (i : 0 .. STEPS - 1)
	{
		assert(!done[i])
	}
}

active proctype Executor()
{
	byte mine = NONE;
	byte late = NONE;			/* what a planted bug has yet to push */

	do
	:: over && mine == NONE && late == NONE -> break
	:: mine == NONE && state == RUNNING ->
		d_step {
			if
			:: state == RUNNING && !leased[at] -> mine = at; leased[at] = true
			:: else
			fi
		}
	:: mine != NONE && !done[mine] && leased[mine] ->
		/* the effect, or none: an executor that has lost its lease does nothing more */
		d_step {
			if
			:: leased[mine] -> assert(!over); done[mine] = true
			:: else
			fi
		}
	:: mine != NONE ->
		/* an acknowledgement, or a death that the reaper sees to */
		d_step {
			if
			:: leased[mine] && (state == RUNNING && at == mine || MUTANT == 5) && done[mine] ->
				leased[mine] = false;
				if
				:: MUTANT == 1 -> late = mine
				:: else -> push(mine, true)
				fi;
				go_on()
			:: leased[mine] && state == RUNNING && at == mine && !done[mine] ->
				leased[mine] = false;
				state = COMPENSATING
			:: else -> leased[mine] = false
			fi;
			mine = NONE
		}
	:: mine != NONE -> mine = NONE
	:: late != NONE -> d_step { push(late, true); late = NONE }
	od
}

active proctype Reaper()
{
	byte seen;

	do
	:: over -> break
	:: else ->
		d_step {
			seen = (seen + 1) % STEPS;
			if
			:: leased[seen] ->
				leased[seen] = false;
				if
				:: state == RUNNING && at == seen -> state = UNKNOWN
				:: else
				fi
			:: else
			fi
		}
	od
}

active proctype Engine()
{
	bool fails;

	do
	:: over -> break
	:: state == COMPENSATING ->
		if
		:: failures < FAILURES -> fails = true
		:: fails = false
		fi;
		d_step {
			find_top();
			if
			:: top == NONE -> end_run()
			:: top != NONE && !certain[top] && leased[top] && MUTANT != 4
			:: top != NONE && (certain[top] || !leased[top] || MUTANT == 4) && fails ->
				failures++;
				if
				:: MUTANT == 6 -> undone[top] = true
				:: else -> state = STUCK
				fi
			:: top != NONE && (certain[top] || !leased[top] || MUTANT == 4) && !fails ->
				assert(!undone[top]);
				for (i : top + 1 .. STEPS - 1)
				{
					assert(!done[i])
				}
				undone[top] = true;
				done[top] = false
			fi
		}
	od
}

active proctype Person()
{
	bool cancels = true;

	do
	:: over -> break
	:: cancels && (state == RUNNING || state == UNKNOWN) ->
		cancels = false;
		d_step {
			if
			:: state == RUNNING || state == UNKNOWN -> give_up()
			:: else
			fi
		}
	:: state == UNKNOWN ->
		d_step {
			if
			:: state == UNKNOWN && done[at] -> state = RUNNING; push(at, true); go_on()
			:: state == UNKNOWN && !done[at] -> state = COMPENSATING
			:: else
			fi
		}
	:: state == STUCK -> state = COMPENSATING
	od
}

ltl comes_to_an_end { <> over }
