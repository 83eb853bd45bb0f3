"""A world: one database, one session, one tenant that does the steps of a script, and the masked answers.

Everything happens in one backend, so that ids are in the order in which they were made. A step is done as the tenant's application
login would do it, in a transaction of its own. Then the clock and the executor do what there is to do, for all tenants; the executor
answers by what it is asked, never by who asks.

SPDX-License-Identifier: PostgreSQL
"""
import hashlib
import json

from mask import Mask
from session import Session, literal

KEY = "sha256('portarium prove')"
ROLES = {"boss": "{admin,operator,requester}", "bea": "{requester}", "bob": "{approver}"}
OUTCOMES = [{"output": {"done": True}}] * 6 + [{"error": "Ledger.Conflict", "cause": "asked"}, {"unknown": True, "cause": "asked"}]


class World:
    """tenant: whose steps these are, by slug; foreign: what the script may know of another tenant."""

    def __init__(self, database, foreign):
        self.session = Session(database)
        self.database = database
        self.foreign = foreign
        self.masks = {}
        self.tokens = {}
        self.session.must("set client_min_messages = warning")
        self.executor, self.epoch = self.session.must("select * from portarium.register_executor('prove', '{ledger}')")[0].split("|")
        self.tenants = dict(line.split("|") for line in self.session.must("select slug, tenant_id from portarium_data.tenant"))

    def token(self, tenant, actor, form):
        if (tenant, actor, form) not in self.tokens:
            ttl, login, key = "1 hour", f"prove_{tenant}", KEY
            if form == "expired":
                ttl = "-1 hour"
            elif form == "login":
                login = "prove_nobody"
            elif form == "forged":
                key = "sha256('another')"
            self.tokens[tenant, actor, form] = self.session.must(
                f"select portarium.context_token({literal(self.tenants[tenant])}, {literal(actor)}, {literal(ROLES[actor])}, 'prove', {key}, "
                f"{literal(ttl)}, {literal(login)})")[0]
        return self.tokens[tenant, actor, form]

    def value(self, mask, argument):
        """An argument of a script as SQL: [how, value or index, type]."""
        how, what, kind = argument
        if how == "seen":
            pool = mask.pool(what[0])
            text = pool[-1 - what[1] % len(pool)] if pool else what[2]
        elif how == "foreign":
            pool = self.foreign.get(what[0], [])
            text = pool[what[1] % len(pool)] if pool else what[2]
        else:
            text = what
        return f"{literal(text)}::{kind}"

    def statement(self, mask, step):
        if "view" in step:
            return f"select to_jsonb(v) from portarium.{step['view']} v"
        arguments = ", ".join(f'"{name}" => {self.value(mask, argument)}' for name, argument in step["arguments"].items())
        return f"select to_jsonb(r) from portarium.{step['function']}({arguments}) r"

    def act(self, step):
        """One step, and what follows from it; the masked answer."""
        tenant = step["tenant"]
        mask = self.masks.setdefault(tenant, Mask(self.database))
        context = "" if step["context"] == "none" else self.token(tenant, step["actor"], step["context"])
        if "clock" in step:
            self.let_time_pass(tenant)
            lines = []
        else:
            self.session.must(f"set session authorization prove_{tenant}")
            lines = self.session.ask(f"begin; set local portarium.ctx = {literal(context)}; {self.statement(mask, step)}; commit")
            self.session.must("reset session authorization")
        if step.get("function") in ("start_run", "start_runs"):
            for line in lines:
                mask.remember("run_id", line)
        answer = mask.rows(lines) if "view" in step else [mask.line(line) for line in lines]
        return answer + self.work(tenant, mask)

    def let_time_pass(self, tenant):
        """All that waits for time is due, one after the other in the order of the runs."""
        own = literal(self.tenants[tenant])
        self.session.must(
            f"update portarium_data.timer t set due = to_timestamp(o.n) "
            f"from (select x.ctid, row_number() over (order by x.run_id) as n from portarium_data.timer x where x.tenant_id = {own}) o where t.ctid = o.ctid")
        home = self.session.must(f"select coalesce(portarium_int.home_of({own}), 'portarium_data')")[0]
        self.session.must(
            f"update {home}.approval set due_at = to_timestamp(0) where due_at is not null and status = 'PENDING' and tenant_id = {own}")

    def work(self, tenant, mask):
        """The clock and the executor until nothing is left; what the executor was asked for the tenant."""
        asked = []
        for _ in range(100):
            self.session.must("call portarium.tick()")
            rows = self.session.must(
                f"select to_jsonb(j) from portarium.exchange({self.executor}, {self.epoch}, '[]', 900) j order by j.run_id, j.token")
            jobs = [json.loads(row) for row in rows]
            if not jobs:
                return asked
            asked += [mask.line(self.as_asked(job)) for job in jobs if job["tenant_id"] == self.tenants[tenant]]
            for own in (True, False):
                self.acknowledge([job for job in jobs if (job["tenant_id"] == self.tenants[tenant]) == own])
        raise SystemExit("the executor finds no end of work")

    @staticmethod
    def as_asked(job):
        """A job without its fencing token, which is random."""
        return json.dumps({name: value for name, value in job.items() if name != "token"})

    def acknowledge(self, jobs):
        acks = []
        for job in jobs:
            dice = hashlib.sha256(json.dumps([job["operation"], job["attempt"], len(json.dumps(job["input"]))]).encode()).digest()[0]
            acks.append({"run_id": job["run_id"], "token": job["token"], **OUTCOMES[dice % len(OUTCOMES)]})
        if acks:
            self.session.must(
                f"select count(*) from portarium.exchange({self.executor}, {self.epoch}, {literal(json.dumps(acks))}, 0)")

    def close(self):
        self.session.close()
