"""Calls that may meet a fault: the backend that serves them is terminated before the commit, somewhere in between, or after the
commit and before the answer is read; or a run is paused and resumed at the same time. Afterwards nothing of check_invariants()
is violated.

A job is lost five times before the engine gives it up, and that would change what a document comes to; so there are faults only
while every run is far from it.

SPDX-License-Identifier: PostgreSQL
"""
import collections
import itertools
import json
import time

from session import Deadlock, Gone, Refused, Session, literal

KINDS = ("killed before the commit", "killed at any time", "killed after the commit", "paused meanwhile", "executor restarted", "executor resumed")
SHARE = 0.15


class Interrupted(Exception):
    """A call whose answer was lost; it may have been committed."""

    def __init__(self, control):
        super().__init__()
        self.control = control

    def tokens_taken(self, tokens):
        """Those of the tokens whose acknowledgement was committed all the same."""
        return self.control.rows(f"""select (convert_from(canon, 'UTF8')::jsonb -> 'token')::bigint from portarium_data.entry
            where (convert_from(canon, 'UTF8')::jsonb -> 'token')::bigint = any ({literal('{' + ','.join(map(str, tokens)) + '}')})""") if tokens else []


class Caller:
    """An executor's session, replaced whenever its backend was killed."""

    def __init__(self, dice, control):
        self.dice = dice
        self.control = control
        self.faults = collections.Counter()
        self.violations = []
        self.runs = []
        # in turn, so that each kind has its share
        self.kills = itertools.cycle(KINDS[:3])
        self.recoveries = itertools.cycle(KINDS[4:])
        self.session = self.connect()
        self.register()

    @staticmethod
    def connect():
        session = Session()
        session.do("set client_min_messages = error")
        return session

    def register(self):
        executor = self.session.rows("select to_jsonb(r) from portarium.register_executor('property', array['test']) as r")[0]
        self.executor_id, self.epoch = executor["executor_id"], executor["epoch"]

    def exchange(self, acks, want):
        return f"select to_jsonb(j) from portarium.exchange({self.executor_id}, {self.epoch}, {literal(acks)}::jsonb, {want}) as j"

    def fault(self):
        """The fault that the next call meets, or None."""
        if self.runs and self.dice.random() < SHARE:
            return KINDS[3]
        if self.dice.random() >= SHARE:
            return None
        tired = self.control.rows("select coalesce(max(attempt), 0) from portarium_data.run where state = 'RUNNING'")[0] >= 3
        return None if tired else next(self.kills)

    def call(self, query):
        """The rows of a query, or Interrupted."""
        kind = self.fault()
        if kind is None:
            return self.undone_by_deadlock(lambda: self.session.rows(query))
        self.faults[kind] += 1
        if kind == KINDS[3]:
            return self.call_meanwhile(query)
        self.kill_during(kind, query)
        self.violations += [f"violated after a call was {kind}: {row}" for row in self.check()]
        raise Interrupted(self.control)

    def kill_during(self, kind, query):
        try:
            if kind == KINDS[0]:
                self.session.do("begin")
                self.undone_by_deadlock(lambda: self.session.rows(query))
            elif kind == KINDS[1]:
                self.session.send(query)
                # not a wait for anything: the moment of the fault
                time.sleep(self.dice.random() * 0.01)
            else:
                self.undone_by_deadlock(lambda: self.session.rows(query))
            self.control.do(f"select pg_terminate_backend({self.session.pid}, 10000)")
        finally:
            self.session.close()
            self.session = self.connect()

    def call_meanwhile(self, query):
        """The rows of a query that begins while a run is being paused: it waits for the pause, or the pause has waited for it."""
        run = self.dice.choice(self.control.rows("""select coalesce(r.root_id, r.run_id) from portarium_data.lease as l
            join portarium_data.run as r on (r.tenant_id, r.run_id, r.epoch) = (l.tenant_id, l.run_id, l.epoch)""") or self.runs)
        self.control.do("begin")
        paused = self.settled(f"select portarium.pause_run({literal(run)})")
        self.session.send(f"select to_json(x) from ({query}) as q (x)")
        # not a wait for anything: how far the call comes until the pause is over
        time.sleep(self.dice.random() * 0.02)
        self.control.do("commit")
        while paused and not self.settled(f"select portarium.resume_run({literal(run)})"):
            pass
        rows = self.undone_by_deadlock(lambda: [json.loads(line) for line in self.session.receive() if line])
        self.violations += [f"violated after a pause: {row}" for row in self.check()]
        return rows

    def undone_by_deadlock(self, ask):
        """What ask gives, or Interrupted: a deadlock undoes the call as a kill before the commit does."""
        try:
            return ask()
        except Deadlock as refusal:
            raise Interrupted(self.control) from refusal

    def settled(self, question):
        """Asks for a pause or its end; false when a deadlock was its end. A run that has ended refuses it."""
        try:
            self.control.do(question)
        except Deadlock:
            return False
        except Refused as refusal:
            if not any(text in str(refusal) for text in ("cannot be paused", "is not paused")):
                raise
        return True

    def until_done(self, query):
        """The rows of a query that may be asked again."""
        while True:
            try:
                return self.call(query)
            except (Interrupted, Gone):
                continue

    def recover(self, claimed):
        """After an interrupted exchange: what of the claimed jobs may still be acknowledged. What it may have claimed beyond is lost."""
        recovery = next(self.recoveries)
        self.faults[recovery] += 1
        if recovery == KINDS[4]:
            self.register()
            return []
        known = "{" + ",".join(str(job["token"]) for job in claimed) + "}"
        self.control.insist(f"update portarium_data.lease set until = clock_timestamp() where token <> all ({literal(known)})")
        return claimed

    def check(self):
        return self.control.rows("select to_jsonb(v) from portarium.check_invariants() as v")

    def close(self):
        self.session.close()
