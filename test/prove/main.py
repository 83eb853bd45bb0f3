#!/usr/bin/env python3
"""The two-world proof: what a tenant can see does not depend on another tenant's being there.

    test/prove/main.py --version VERSION [--ops N] [--seed S] [--first SQL]

Order: a database with the extension and tenant "globex"; a copy of it in which tenant "acme" has worked; then one seeded script of
globex's steps in both, with acme at work in between in one of them. Every byte of every answer must be equal, but for ids, hashes and
times, of which the equality among themselves is compared (mask.py). A difference is shrunk to a short script and printed.

Exit status: 0 equal, 1 different, 2 the proof could not be made. The server is the one of PGHOST, PGPORT, …, its background workers
must be off; --first is SQL that is run in both worlds before (to see whether the proof notices it).

SPDX-License-Identifier: PostgreSQL
"""
import argparse
import collections
import json
import random
import re
import sys

from script import Writer
from session import Session
from world import World

GLOBEX = "018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b12"
LOGINS = ("prove_acme", "prove_globex", "prove_nobody")
BASE = """
create role prove_step;
{roles}
create schema prove authorization prove_step;
grant usage on schema prove to portarium_owner, portarium_sys, portarium_app;
create function prove.step(p jsonb) returns jsonb language sql security definer set search_path = pg_catalog, pg_temp as 'select p';
alter function prove.step(jsonb) owner to prove_step;
set client_min_messages = warning;
select portarium.add_context_key('prove', sha256('portarium prove'));
select portarium.create_tenant('globex', null, '{globex}', '{tier}');
{first}"""

# Errors that no input may cause.
FAULT = re.compile(r"ERROR:  (42(?!501)|XX)")


class Proof:
    def __init__(self, options):
        self.options = options
        self.admin = Session("postgres")

    def recreate(self, name, template="template1"):
        """A database, as a copy of one that nobody is connected to."""
        self.admin.must(f"drop database if exists {name} with (force)")
        self.admin.must(f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{template}' and pid <> pg_backend_pid()")
        self.admin.must(f"create database {name} template {template}")

    def build(self):
        """The two worlds' templates; what the script may know of acme."""
        self.recreate("prove_without")
        for role in LOGINS + ("prove_step",):
            self.admin.must(f"drop role if exists {role}")
        base = Session("prove_without")
        base.must(f"set client_min_messages = warning; create extension portarium version '{self.options.version}'; call portarium.install()")
        roles = "\n".join(f"create role {login} login in role portarium_app, prove_step;" for login in LOGINS)
        base.must(BASE.format(roles=roles, globex=GLOBEX, tier=self.options.tier, first=self.options.first))
        catalog = json.loads(base.must("set role portarium_sidecar; select portarium.api_catalog()")[0])
        base.close()
        self.recreate("prove_with", "prove_without")
        acme = Session("prove_with")
        acme.must("set client_min_messages = warning; call portarium.install()")
        acme.must(f"select portarium.create_tenant('acme', tier => '{self.options.tier}')")
        acme.close()
        writer = Writer(catalog, self.options.seed + 1)
        world = World("prove_with", {"id": [], "token": []})
        for step in writer.setup("acme") + writer.steps("acme", 150):
            world.act(step)
        world.close()
        return catalog, world.masks["acme"].seen

    def compare(self, script, foreign, watch=None):
        """The index of the first step whose answers differ, with both; None when there is none."""
        for name in ("with", "without"):
            self.recreate(f"prove_{name}_now", f"prove_{name}")
        there, alone = World("prove_with_now", foreign), World("prove_without_now", foreign)
        try:
            for index, step in enumerate(script):
                answer = there.act(step)
                if step["tenant"] != "globex":
                    continue
                other = alone.act(step)
                if watch:
                    watch(step, answer)
                if answer != other:
                    return index, answer, other
            return None
        finally:
            there.close()
            alone.close()

    def shrink(self, script, foreign):
        """Takes pieces away, larger ones first, as long as a difference is left; bounded in tries."""
        tries, size = 60, len(script) // 2
        while size and tries:
            start = 0
            while start < len(script) and tries:
                shorter = script[:start] + script[start + size:]
                tries -= 1
                found = self.compare(shorter, foreign) if shorter else None
                if found:
                    script = shorter[:found[0] + 1]
                else:
                    start += size
            size //= 2
        return script

    def close(self):
        for name in ("prove_with", "prove_without", "prove_with_now", "prove_without_now"):
            self.admin.must(f"drop database if exists {name} with (force)")
        for role in LOGINS + ("prove_step",):
            self.admin.must(f"drop role if exists {role}")
        self.admin.close()


def report_difference(script, found):
    print(f"DIFFERENT: {len(script)} steps are enough")
    for step in script:
        print("  " + json.dumps(step))
    for title, lines in (("with the other tenant", found[1]), ("without it", found[2])):
        print(f"  {title}:")
        for line in lines:
            print("    " + line[:2000])


def prove(options):
    proof = Proof(options)
    try:
        catalog, foreign = proof.build()
        writer = Writer(catalog, options.seed)
        script = writer.setup("globex") + writer.steps("globex", options.ops, "acme")
        done = collections.Counter()
        said = collections.Counter()

        def watch(step, answer):
            name = step.get("function") or step.get("view") or "clock"
            refused = [line for line in answer if line.startswith("ERROR")]
            done[name, bool(refused)] += 1
            said[name, (refused or ["answered"])[0]] += 1

        found = proof.compare(script, foreign, watch)
        if found:
            script = proof.shrink(script[:found[0] + 1], foreign)
            report_difference(script, proof.compare(script, foreign) or found)
            return 1
        called = {name for name, _ in done}
        missing = ({f["name"] for f in writer.functions} | set(writer.views)) - called
        if missing:
            print(f"never called: {', '.join(sorted(missing))}")
            return 2
        faults = sorted({line for _, line in said if FAULT.match(line)})
        if faults:
            print("faults:\n  " + "\n  ".join(faults))
            return 1
        refused = sum(count for (_, error), count in done.items() if error)
        print(f"equal: {sum(done.values())} steps over {len(called) - 1} functions and views, {refused} of them refused, "
              f"{len(script) - sum(done.values())} steps of the other tenant in between")
        if options.verbose:
            for (name, answer), count in sorted(said.items()):
                print(f"  {name}: {count} x {answer[:150]}")
        never = sorted(name for name in called if not done[name, False])
        if never:
            print(f"only ever refused: {', '.join(never)}")
        return 0
    finally:
        proof.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", required=True)
    parser.add_argument("--ops", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--tier", choices="AB", default="A", help="of both tenants")
    parser.add_argument("--first", default="")
    parser.add_argument("--verbose", action="store_true", help="say what each function and view answered")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 31)
    print(f"version {options.version}, tier {options.tier}, seed {options.seed}", flush=True)
    return prove(options)


if __name__ == "__main__":
    sys.exit(main())
