"""Tenants of tier C, each in a database of its own, and tenants that move: nobody who calls knows the difference.

SPDX-License-Identifier: PostgreSQL
"""
import os
import subprocess
import threading

from client import TENANT, TOP, Sidecar, psql, token, wait_for

RUN = {"workflow": "own"}
WORKFLOW = {"name": "own", "definition": {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}}


def create(slug):
    """The new tenant's id."""
    return psql(f"select portarium.create_tenant('{slug}', tier => 'C')")


def provision():
    subprocess.run([str(TOP / "docker" / "operations" / "provision")], check=True, stdout=subprocess.DEVNULL)


def psql_of(tenant, sql):
    database = psql(f"select database from portarium.route('{tenant}')")
    done = subprocess.run(["psql", "-XAtqv", "ON_ERROR_STOP=1", "-d", database, "-c", sql], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def works(sidecar, bearer):
    """A call that writes, repeated while the tenant's database is not connected to."""
    return wait_for(lambda: sidecar.rpc("register_workflow", WORKFLOW, bearer=bearer).status == 200, 60)


def check_a_database_of_its_own(suite):
    tenant = create("apart")
    bearer = token(tenant=tenant)
    suite.equal("before its database is there", suite.sidecar.get("/runs", bearer=bearer).code(), "UP111")
    provision()
    suite.check("a write finds it", works(suite.sidecar, bearer))
    run = suite.sidecar.rpc("start_run", RUN | {"idempotency_key": "once"}, bearer=bearer).json()
    suite.equal("the same request again", suite.sidecar.rpc("start_run", RUN | {"idempotency_key": "once"}, bearer=bearer).json(), run)
    runs = suite.sidecar.get("/runs?select=run_id,state", bearer=bearer).json()
    suite.equal("a view", runs, [{"run_id": run, "state": "SUCCEEDED"}])
    suite.equal("the run is there", psql_of(tenant, f"select count(*) from portarium_data.run where run_id = '{run}'"), "1")
    suite.equal("and not among the shared ones", psql(f"select count(*) from portarium_data.run where tenant_id = '{tenant}'"), "0")
    suite.equal("another tenant sees nothing of it", suite.sidecar.get(f"/runs?run_id=eq.{run}").json(), [])
    suite.equal("a refusal of that database", suite.sidecar.rpc("start_run", {"workflow": "none"}, bearer=bearer).code(), "UP402")
    suite.equal("the sidecar says how many it uses", suite.sidecar.metric("databases"), 1)


def check_a_new_key_reaches_every_database(suite):
    tenant = create("rotated")
    provision()
    psql("select portarium.add_context_key('later', sha256('later'))")
    suite.equal("one key there", psql_of(tenant, "select string_agg(kid, ' ' order by kid) from portarium_data.context_key"), "suite")
    provision()
    suite.equal("both keys there", psql_of(tenant, "select string_agg(kid, ' ' order by kid) from portarium_data.context_key"), "later suite")
    psql("select portarium.retire_context_key('later')")
    provision()
    suite.equal("a retired one goes", psql_of(tenant, "select string_agg(kid, ' ' order by kid) from portarium_data.context_key"), "suite")
    suite.check("the tenant works", works(suite.sidecar, token(tenant=tenant)))


def check_no_more_databases_than_allowed(suite):
    bearers = [token(tenant=psql(f"select portarium.tenant_by_slug('{slug}')")) for slug in ("apart", "rotated")]
    sidecar = Sidecar(suite.folder, DATABASES_MAX=1, DATABASE_CONNECTIONS=1)
    try:
        suite.check("the first database", works(sidecar, bearers[0]))
        answer = sidecar.rpc("register_workflow", WORKFLOW, bearer=bearers[1])
        suite.equal("one too many", (answer.status, answer.code(), "retry-after" in answer.headers), (503, "53300", True))
        suite.check("the first one makes room", works(sidecar, bearers[1]))
        suite.check("and comes back", works(sidecar, bearers[0]))
        suite.equal("one at a time", sidecar.metric("databases"), 1)
    finally:
        suite.equal("its end", sidecar.stop(), 0)


def check_a_killed_provision_goes_on(suite):
    """It and what it started are killed at each of its calls of psql, and it is called again until it has nothing to do."""
    folder = f"{suite.folder}/killed"
    os.mkdir(folder)
    with open(f"{folder}/psql", "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\nread -r n <"$KILL_AT"\nn=$((n - 1))\necho "$n" >"$KILL_AT"\n'
                   'if [ "$n" -eq 0 ]; then kill -KILL 0; fi\n'
                   f'PATH=${{PATH#{folder}:}} exec psql "$@"\n')
    os.chmod(f"{folder}/psql", 0o755)
    tenant, at, kills = create("killed"), f"{folder}/at", 0
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "KILL_AT": at}
    while psql("select count(*) from portarium.provision_requests()") != "0" and kills < 60:
        kills += 1
        with open(at, "w", encoding="utf-8") as file:
            file.write(f"{kills}\n")
        subprocess.run([str(TOP / "docker" / "operations" / "provision")], env=environment, capture_output=True, check=False,
                       start_new_session=True)
    suite.check("it was killed on its way, and came to its end", 8 <= kills < 60, kills)
    suite.check("the tenant works", works(suite.sidecar, token(tenant=tenant)))
    suite.equal("its database is sound", psql_of(tenant, "select count(*) from portarium.health() where severity = 'error'"), "0")


def check_what_cannot_be_made_is_told(suite):
    tenant = create("refused")
    database = psql(f"select database from portarium_data.tenant_database where tenant_id = '{tenant}'")
    psql(f"create database {database} template template0 allow_connections false")
    done = subprocess.run([str(TOP / "docker" / "operations" / "provision")], capture_output=True, text=True, check=False)
    suite.equal("provision fails", done.returncode, 1)
    suite.check("and says why", "not currently accepting connections" in done.stderr, done.stderr)
    suite.equal("so does health()", psql(f"select severity from portarium.health() where subject = 'database {database}' and finding like 'could not be made%'"),
                "warning")
    suite.equal("and the route", suite.sidecar.get("/runs", bearer=token(tenant=tenant)).code(), "UP111")
    psql(f"alter database {database} allow_connections true")
    provision()
    suite.check("then it is made", works(suite.sidecar, token(tenant=tenant)))


def check_writers_do_not_notice_a_move(suite):
    """Two writers and a reader while the tenant moves to tier B and back: not one refusal, not one run lost."""
    bearer, over, statuses, answers = token(), threading.Event(), [], []
    suite.sidecar.rpc("register_workflow", WORKFLOW, bearer=bearer)
    before = int(psql(f"select count(*) from portarium_data.run where tenant_id = '{TENANT}'"))

    def write():
        while not over.is_set():
            statuses.append(suite.sidecar.rpc("start_run", RUN, bearer=bearer).status)

    def read():
        while not over.is_set():
            answers.append(suite.sidecar.get("/runs?limit=1&select=run_id", bearer=bearer).status)

    threads = [threading.Thread(target=write), threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        for tier in ("B", "A"):
            seen = len(statuses)
            psql(f"call portarium.move_tenant('{TENANT}', '{tier}')")
            suite.equal(f"it is in tier {tier}", psql(f"select tier from portarium_data.tenant where tenant_id = '{TENANT}'"), tier)
            suite.check("there were writers meanwhile", wait_for(lambda done=seen: len(statuses) > done + 2, 60))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    suite.equal("no writer was refused", sorted(set(statuses)), [200])
    suite.equal("no reader was", sorted(set(answers)), [200])
    after = int(psql(f"select count(*) from portarium_data.run where tenant_id = '{TENANT}'"))
    suite.equal("every run is there", after - before, len(statuses))
