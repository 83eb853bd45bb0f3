"""The protocol as it is written: who may call what, claiming, acknowledging, waiting, keeping and losing.

SPDX-License-Identifier: PostgreSQL
"""
import json
import threading

from world import OTHER_TENANT, PATIENCE, psql, token, wait_for


def refusal(answer):
    return answer.status, answer.code()


def check_credential(suite):
    world, bearer = suite.world, token(sub="raw", roles=["worker", "admin"])
    suite.equal("no token", refusal(world.sidecar.call("POST", "/worker/register", {}, bearer="")), (401, "UP201"))
    suite.equal("no worker's role", refusal(world.worker("ada", "register", {}, roles=["admin"])), (403, "UP205"))
    suite.equal("not admitted", refusal(world.worker("raw", "register", {})), (403, "UP205"))
    world.call("admit_worker", {"name": "raw", "adapters": ["text"]})
    suite.equal("admitted", world.worker("raw", "register", {}).json(), {"epoch": 1, "adapters": ["text"]})
    suite.equal("whatever other roles: a function", refusal(world.sidecar.rpc("cancel_run", {}, bearer=bearer)), (403, "UP205"))
    suite.equal("whatever other roles: a view", refusal(world.sidecar.get("/runs", bearer=bearer)), (403, "UP205"))
    suite.equal("whatever other roles: events",
                refusal(world.sidecar.get("/events", bearer=bearer, headers={"Accept": "text/event-stream"})), (403, "UP205"))
    suite.equal("a path that is not there", refusal(world.sidecar.get("/nothing", bearer=bearer)), (403, "UP205"))
    suite.equal("the worker's functions are no others'", refusal(world.sidecar.rpc("worker_exchange", {"epoch": 1})), (404, "42883"))


def check_requests(suite):
    world = suite.world
    suite.equal("GET", world.sidecar.get("/worker/register", bearer=token(roles=["worker"])).status, 405)
    suite.equal("an unknown call", refusal(world.worker("raw", "claim", {})), (404, "42883"))
    suite.equal("an unknown argument", refusal(world.worker("raw", "register", {"epoch": 1})), (404, "42883"))
    suite.equal("no object", refusal(world.worker("raw", "register", [])), (400, "UP007"))
    suite.equal("no JSON", refusal(world.worker("raw", "register", {}, headers={"Content-Type": "text/plain"}))[0], 415)
    suite.equal("acknowledgements that are none", refusal(world.worker("raw", "exchange", {"epoch": 1, "acks": [{"run_id": "x"}]})), (400, "UP007"))
    suite.equal("too many wanted", refusal(world.worker("raw", "exchange", {"epoch": 1, "want": 901})), (400, "UP007"))
    suite.equal("another epoch", refusal(world.worker("raw", "exchange", {"epoch": 7})), (409, "UP302"))
    world.call("admit_worker", {"name": "late", "adapters": ["text"]})
    suite.equal("not registered", refusal(world.worker("late", "exchange", {"epoch": 1})), (404, "UP405"))


def claim(world, epoch, name="raw", **options):
    rows = world.worker(name, "exchange", {"epoch": epoch}, **options).json()
    return rows[0] if rows else None


def acknowledge(world, epoch, job, **members):
    return world.worker("raw", "exchange", {"epoch": epoch, "want": 0, "acks": [{"run_id": job["run_id"], "token": job["token"], **members}]}).json()


def check_outcomes(suite):
    world = suite.world
    epoch = world.worker("raw", "register", {"version": "1"}).json()["epoch"]
    suite.equal("nothing to do", claim(world, epoch), None)
    for members, state, error in (({"output": {"n": 1}}, "SUCCEEDED", None), ({"error": "Text.No", "cause": "why"}, "FAILED", "Text.No"),
                                  ({"unknown": True, "cause": "the line broke"}, "UNKNOWN", "Portarium.UnknownOutcome")):
        run = world.start_run("send", {"to": "x"})
        job = claim(world, epoch)
        suite.equal(f"{state}: the job", (job["run_id"], job["operation"], job["input"], job["attempt"], job["spec"]["kind"]),
                    (run, "send", {"to": "x"}, 0, "worker"))
        suite.equal(f"{state}: another token is stale", acknowledge(world, epoch, dict(job, token=job["token"] + 1), output=0)[0]["kind"], "stale")
        suite.equal(f"{state}: taken", acknowledge(world, epoch, job, **members), [])
        found = world.run(run)
        suite.equal(f"{state}: the run", (found["state"], found["error"]), (state, error))
        suite.equal(f"{state}: a repetition is stale", acknowledge(world, epoch, job, **members)[0]["kind"], "stale")


def check_leases(suite):
    world = suite.world
    epoch = world.worker("raw", "register", {}).json()["epoch"]
    run = world.start_run("count", {})
    job = claim(world, epoch)
    beat = {"epoch": epoch, "tokens": [job["token"], 1]}
    suite.equal("a heartbeat", world.worker("raw", "heartbeat", beat).json(), [{"token": job["token"], "state": "ok"}, {"token": 1, "state": "stale"}])
    world.call("cancel_run", {"run_id": run})
    suite.equal("a cancelled run's", world.worker("raw", "heartbeat", beat).json()[0]["state"], "cancel")
    run = world.start_run("hasty", {})
    suite.equal("the state's heartbeat is told", claim(world, epoch)["spec"]["heartbeat_ms"], 1000)
    suite.check("silence is a timeout", world.ends(run, "FAILED") and world.run(run)["error"] == "States.Timeout", world.run(run))
    run = world.start_run("count", {})
    held = claim(world, epoch)
    again = world.worker("raw", "register", {}).json()["epoch"]
    suite.equal("who registers again has another epoch", again, epoch + 1)
    found = []
    suite.check("and has lost what it held", wait_for(lambda: world.tick() or found.append(claim(world, again)) or found[-1], PATIENCE))
    suite.equal("which comes again under the same key", (found[-1]["idempotency_key"], found[-1]["attempt"]), (held["idempotency_key"], 1))
    acknowledge(world, again, found[-1], output=1)
    suite.equal("and ends once", world.kinds(run), ["run.started", "action.lost", "run.succeeded"])


def check_tenants(suite):
    world = suite.world
    epoch = world.worker("raw", "register", {}).json()["epoch"]
    world.call("admit_worker", {"name": "raw", "adapters": ["text"]}, OTHER_TENANT)
    other = world.worker("raw", "register", {}, tenant=OTHER_TENANT).json()["epoch"]
    mine, theirs = world.start_run("count", {}), world.start_run("count", {}, OTHER_TENANT)
    job = claim(world, other, tenant=OTHER_TENANT)
    suite.equal("each tenant's worker gets its own: tier B", job["run_id"], theirs)
    suite.equal("and no other", claim(world, other, tenant=OTHER_TENANT), None)
    own = claim(world, epoch)
    suite.equal("each tenant's worker gets its own: tier A", own["run_id"], mine)
    ack = {"epoch": epoch, "want": 0, "acks": [{"run_id": theirs, "token": job["token"], "output": "stolen"}]}
    suite.equal("nobody acknowledges for another", world.worker("raw", "exchange", ack).json()[0]["kind"], "stale")
    ack = {"epoch": other, "want": 0, "acks": [{"run_id": theirs, "token": job["token"], "output": "done"}]}
    suite.equal("who holds it does", world.worker("raw", "exchange", ack, tenant=OTHER_TENANT).json(), [])
    suite.equal("the run at home has ended", world.run(theirs, OTHER_TENANT)["output"], "done")
    acknowledge(world, epoch, own, output=1)


def streams(world):
    return world.sidecar.metric("streams")


def waiting(world, epoch, answers):
    """A worker that waits, in a thread; its answer goes into answers."""
    thread = threading.Thread(target=lambda: answers.append(world.worker("raw", "exchange", {"epoch": epoch}, headers={"Prefer": "wait=30"})))
    thread.start()
    return thread


def check_waiting(suite):
    world, answers = suite.world, []
    epoch = world.worker("raw", "register", {}).json()["epoch"]
    suite.equal("a wait that ends", world.worker("raw", "exchange", {"epoch": epoch}, headers={"Prefer": "wait=1"}).json(), [])
    thread = waiting(world, epoch, answers)
    suite.check("it waits", wait_for(lambda: streams(world) == 1, PATIENCE))
    since = psql("select clock_timestamp()")
    suite.check("and holds no transaction meanwhile", wait_for(lambda: psql(
        f"select count(*) from pg_stat_activity where usename = 'portarium_sidecar' and (xact_start <= '{since}' or backend_xmin is not null)") == "0", PATIENCE))
    run = world.start_run("count", {})
    thread.join()
    suite.equal("until there is a job", answers[0].json()[0]["run_id"], run)
    acknowledge(world, epoch, answers[0].json()[0], output=1)
    suite.check("it waits no longer", wait_for(lambda: streams(world) == 0, PATIENCE))
    threads = [waiting(world, epoch, answers) for _ in range(2)]
    suite.check("a tenant's workers wait together", wait_for(lambda: streams(world) == 2, PATIENCE))
    answer = world.worker("raw", "exchange", {"epoch": epoch}, headers={"Prefer": "wait=30"})
    suite.equal("not more than its streams", refusal(answer), (429, "UP501"))
    suite.equal("who does not wait is none of them", claim(world, epoch), None)
    for _ in threads:
        world.start_run("count", {})
    for thread in threads:
        thread.join()
    suite.equal("each gets one job", [len(answer.json()) for answer in answers[1:]], [1, 1])
    for answer in answers[1:]:
        acknowledge(world, epoch, answer.json()[0], output=1)


def check_gone(suite):
    """Nothing is handed to who has gone while it waited."""
    world = suite.world
    epoch = world.worker("raw", "register", {}).json()["epoch"]
    body = json.dumps({"epoch": epoch})
    with world.sidecar.connect() as connection:
        connection.sendall(("POST /worker/exchange HTTP/1.1\r\nHost: x\r\nPrefer: wait=30\r\nContent-Type: application/json\r\n"
                            f"Authorization: Bearer {token(sub='raw', roles=['worker'])}\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
        suite.check("somebody waits", wait_for(lambda: streams(world) == 1, PATIENCE))
    suite.check("and has gone", wait_for(lambda: streams(world) == 0, PATIENCE))
    run = world.start_run("send", {})
    job = claim(world, epoch)
    suite.equal("the job is there for the next one", (job["run_id"], job["attempt"]), (run, 0))
    acknowledge(world, epoch, job, output=1)


def check_revoked(suite):
    world = suite.world
    epoch = world.worker("raw", "register", {}).json()["epoch"]
    suite.equal("revoked", [world.call("revoke_worker", {"name": name}) for name in ("raw", "late", "raw")], [True, True, False])
    suite.equal("its next call is refused", refusal(world.worker("raw", "exchange", {"epoch": epoch})), (403, "UP205"))
    suite.equal("and so is coming back", refusal(world.worker("raw", "register", {})), (403, "UP205"))
