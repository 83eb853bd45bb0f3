"""Random documents run in the engine as in simulate, whatever happens to the sessions that move them, and whenever their time comes.

usage: property.py BATCHES [SEED]        the server is the one of PGHOST, PGPORT, …; the extension is installed

A batch is one seed: 25 documents (documents.py), each simulated, then all of them run together by one executor. Order in each
round: what was claimed is acknowledged and more is claimed in one exchange; when there is nothing to do, time passes: all timers
move as far forward as the first of them is away, and the clock ticks. Any of these calls may meet a fault (faults.py), after which no
invariant of check_invariants() is violated and the call is made again, as after a restart of the executor or by the same one.
In the end each run has the status, output, error, cause and trace of its simulation, and has undone the same.

SPDX-License-Identifier: PostgreSQL
"""
import collections
import random
import sys

import documents
import faults
from session import Session, literal

DOCUMENTS = 25
ROUNDS = 2000
ENDS = ("SUCCEEDED", "FAILED", "TIMED_OUT", "COMPENSATION_FAILED")


class Batch:
    """The documents of one seed and their runs. mocks_used counts by state what has been acknowledged."""

    def __init__(self, seed, jumps, control):
        self.dice = random.Random(seed)
        self.control = control
        self.caller = faults.Caller(self.dice, control)
        self.documents = {}
        self.expected = {}
        self.runs = {}
        self.claimed = []
        self.mocks_used = collections.Counter()
        # one clock for all: a jump would be the end of documents that have a time, so they are in other batches
        self.jumps = jumps

    def generate(self, prefix):
        for number in range(DOCUMENTS):
            generator = documents.Generator(self.dice, f"{prefix}D{number}", timed=not self.jumps)
            # two of each batch undo what they have done, and one of these cannot
            document = generator.saga(number == 0) if number < 2 else generator.document()
            self.documents[document.name] = document
            self.expected[document.name] = self.control.rows(
                f"select portarium.simulate({literal(document.definition)}, {literal(document.input)}, {literal(document.mocks)})")[0]

    def start(self):
        for name, document in self.documents.items():
            self.control.do(f"select portarium.register_workflow({literal(name)}, {literal(document.definition)}::jsonb)")
            # the key makes it safe to ask again when the answer is lost
            asked = f"select portarium.start_run({literal(name)}, {literal(document.input)}::jsonb, {literal(name)})"
            self.runs[name] = self.caller.until_done(asked)[0]
            self.caller.runs.append(self.runs[name])

    # -- acknowledging and claiming

    def outcome(self, job):
        """The next result of the job's state by its mock."""
        state = state_of(job)
        results = self.documents[state[:state.index("S")]].mocks[state]
        return results[min(self.mocks_used[state], len(results) - 1)]

    def acks(self):
        """Acknowledgements of what is claimed; a timeout is not acknowledged but brought about."""
        acks, late = [], []
        for job in self.claimed:
            outcome = self.outcome(job)
            if outcome.get("error") == "States.Timeout":
                late.append(job)
                continue
            result = {"output": outcome["return"]} if "return" in outcome else outcome
            acks.append({"run_id": job["run_id"], "token": job["token"], **result})
        if late:
            self.time_out(late)
        return acks

    def time_out(self, jobs):
        """Brings about that the jobs are past their state's timeout, and that the clock has seen it: it passes over a run that is being paused."""
        self.mocks_used.update(state_of(job) for job in jobs)
        late = f"token = any ({literal(braces(str(job['token']) for job in jobs))})"
        self.control.insist(f"update portarium_data.lease set deadline = '-infinity' where {late}")
        while self.control.rows(f"select token from portarium_data.lease where {late}"):
            self.tick()

    def exchange(self):
        """One round; how much was done in it."""
        acks = self.acks()
        states = {job["token"]: state_of(job) for job in self.claimed}
        had = len(self.claimed)
        try:
            rows = self.caller.call(self.caller.exchange(acks, self.dice.choice([1, 5, 50])))
        except faults.Interrupted as fault:
            taken = fault.tokens_taken([ack["token"] for ack in acks])
            self.claimed = self.caller.recover([job for job in self.claimed if job["token"] not in taken])
        else:
            stale = {row["token"] for row in rows if row["kind"] == "stale"}
            taken = [ack["token"] for ack in acks if ack["token"] not in stale]
            self.claimed = [row for row in rows if row["kind"] == "job"]
        self.mocks_used.update(states[token] for token in taken)
        return had + len(self.claimed)

    # -- time

    def pass_time(self):
        """When no job is left: the first timer is due, the others as much closer; sometimes much more time passes, or the clock is put back."""
        jump = self.dice.choice([0, 0, 100, 100000, -5000]) if self.jumps else 0
        self.control.do("begin")
        # a timer that the server's clock sets at this moment would be left behind: what it does is over first, and may have queued a job
        self.control.do("lock table portarium_data.timer in exclusive mode")
        if not self.jobs():
            self.caller.faults["clock jumped"] += jump != 0
            self.control.do(f"""update portarium_data.timer t set due = t.due - interval '{jump} s' - greatest(f.due - clock_timestamp(), '0')
                from (select min(due) from portarium_data.timer) as f (due)""")
        self.control.do("commit")
        self.tick()

    def tick(self):
        self.caller.until_done("select portarium_int.tick_step()")

    # -- the whole

    def open_runs(self):
        return self.control.rows(f"""select workflow from portarium.runs where run_id = any ({literal(braces(self.runs.values()))})
            and state not in ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'COMPENSATION_FAILED')""")

    def jobs(self):
        """The runs whose job is queued or leased."""
        return self.control.rows("""select r.run_id from portarium_data.run as r join (
                select run_id, epoch from portarium_data.ready union all select run_id, epoch from portarium_data.lease
            ) as j using (run_id, epoch) where r.held is null""")

    def run(self):
        """Moves everything to its end; the names of the runs that do not come to one."""
        for _ in range(ROUNDS):
            if self.exchange() > 0:
                continue
            self.tick()
            # the tick may have queued what was lost
            if not self.open_runs():
                return []
            self.pass_time()
        return self.open_runs()

    def answer(self, name):
        return self.control.rows(f"""select jsonb_build_object('status', r.state, 'output', r.output, 'error', r.error, 'cause', r.cause, 'trace', (
                select coalesce(jsonb_agg(s.name order by e.seq, s.place), '[]')
                from portarium_data.entry as e, jsonb_array_elements(convert_from(e.canon, 'UTF8')::jsonb -> 'path') with ordinality as s (name, place)
                where e.stream_id = r.run_id), 'undone', (
                select coalesce(jsonb_agg(c.state order by c.position desc), '[]')
                from portarium.compensations as c where c.run_id = r.run_id and c.status = 'DONE'))
            from portarium.runs as r where r.run_id = {literal(self.runs[name])}""")[0]

    def differences(self):
        for name, document in self.documents.items():
            got, expected = self.answer(name), self.expected[name]
            states = document.definition["States"]
            outer = [state for state in expected["trace"] if state in states and state not in document.undoing]
            got["undone"] = [state for state in got["undone"] if state in states]
            undone = [state for state in expected.get("undone", []) if state in states]
            for member, want in (*((member, expected[member]) for member in ("status", "output", "error", "cause")), ("trace", outer), ("undone", undone)):
                # which iteration of a Map fails first is a matter of time, and so is the item that a cause of the interpreter names
                if got[member] != want:
                    yield f"{name}: {member} is {got[member]}, simulate has {want}"


def state_of(job):
    """The state that a job belongs to: a part of its idempotency key."""
    return job["idempotency_key"].split(":")[1]


def braces(items):
    return "{" + ",".join(items) + "}"


def prepare(control):
    """A tenant that this login is bound to, with the one adapter of all documents."""
    control.do("set client_min_messages = error")
    tenant = control.rows("select portarium.create_tenant('property')")[0]
    control.do(f"select portarium.bind_login(session_user, {literal(tenant)}, 'ada', array['admin', 'operator'])")
    control.do("""select portarium.register_adapter('test', 'exec', '{"do": {"program": "none", "idempotent": true}}')""")


def run_batch(seed, number, control, seen):
    """What is wrong with one batch, as lines."""
    batch = Batch(seed, number % 2 == 1, control)
    batch.generate(f"B{number}")
    batch.start()
    wrong = [f"{name}: has no end" for name in batch.run()]
    wrong += batch.caller.violations or [f"violated at the end: {row}" for row in batch.caller.check()]
    wrong += list(batch.differences())
    batch.caller.close()
    seen.update(expected["status"] for expected in batch.expected.values())
    seen.update(batch.caller.faults)
    return wrong


def main(batches, seed):
    control = Session()
    prepare(control)
    seen = collections.Counter()
    failed = 0
    for number in range(batches):
        wrong = run_batch(seed + number, number, control, seen)
        print(f"{'not ok' if wrong else 'ok'} seed {seed + number}", *wrong[:10], sep="\n    ", flush=True)
        failed += bool(wrong)
    # a run that saw no fault of some kind, or no run of some end, has shown little
    missing = [kind for kind in (*faults.KINDS, "clock jumped", *ENDS) if not seen[kind]]
    print("not ok never seen: " + ", ".join(missing) if missing else "ok " + ", ".join(f"{seen[kind]} {kind}" for kind in sorted(seen)))
    failed += bool(missing)
    print(f"{batches + 1 - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else random.randrange(10 ** 6)))
