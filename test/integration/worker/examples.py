"""The workers of examples/workers: they work, are killed, cancelled, stopped and revoked.

SPDX-License-Identifier: PostgreSQL
"""
import signal

from world import PATIENCE, TENANT, wait_for


def work_alone(suite, program, name):
    """Everything of one example, which is the only worker meanwhile."""
    world = suite.world
    world.call("admit_worker", {"name": name, "adapters": ["text"]})
    process = world.start_worker(program, name)

    run = world.start_run("count", {"text": "to be or not to be"})
    suite.check(f"{program}: a job is done", world.ends(run, "SUCCEEDED"))
    suite.equal(f"{program}: by it", (world.run(run)["output"]["words"], world.call("run_history", {"run_id": run})[-1]["actor"]),
                (6, f"executor:{TENANT}/{name}"))
    run = world.start_run("count", {})
    suite.check(f"{program}: a failure is reported", world.ends(run, "FAILED") and world.run(run)["error"] == "Text.BadInput")

    run = world.start_run("steady", {"text": "a b", "seconds": 9})
    suite.check(f"{program}: a lease is kept for longer than it lasts", world.ends(run, "SUCCEEDED"), world.run(run))

    run = world.start_run("steady", {"text": "a b", "seconds": 6})
    suite.check(f"{program}: at a job", world.executing(run, name))
    world.call("cancel_run", {"run_id": run})
    following = world.start_run("count", {"text": "a b c"})
    suite.check(f"{program}: what is cancelled is let go, and the next is done", world.ends(following, "SUCCEEDED"))
    suite.equal(f"{program}: the cancelled one stays so", world.run(run)["state"], "ABORTED")

    run = world.start_run("count", {"text": "a b", "seconds": 3})
    suite.check(f"{program}: at another job", world.executing(run, name))
    world.kill(process)
    process = world.start_worker(program, name)
    suite.check(f"{program}: killed and started again, it does it", world.ends(run, "SUCCEEDED"), world.run(run))
    suite.equal(f"{program}: the loss is told", world.kinds(run), ["run.started", "action.lost", "run.succeeded"])

    run = world.start_run("count", {"text": "a b", "seconds": 3})
    suite.check(f"{program}: at one more", world.executing(run, name))
    process.send_signal(signal.SIGTERM)
    suite.equal(f"{program}: told to stop, it ends well", process.wait(PATIENCE), 0)
    suite.equal(f"{program}: having handed in what it had", world.run(run)["state"], "SUCCEEDED")

    process = world.start_worker(program, name)
    run = world.start_run("count", {"text": "a b", "seconds": 3})
    suite.check(f"{program}: at the last", world.executing(run, name))
    world.call("revoke_worker", {"name": name})
    suite.equal(f"{program}: revoked, it is refused", process.wait(PATIENCE), 1)
    suite.check(f"{program}: and says so", "is not admitted" in world.log(name), world.log(name))
    suite.check(f"{program}: what it held is nobody's", wait_for(lambda: world.explain(run)["reason"] == "no_executor", PATIENCE))
    world.call("cancel_run", {"run_id": run})


def check_example(suite):
    """One in each flavour."""
    program = {"managed": "worker.sh", "native": "worker.py"}[suite.world.flavour]
    work_alone(suite, program, program.replace(".", "-"))
