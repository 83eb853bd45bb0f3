"""The suite of events: prepares the database, runs every check of every module.

Each module of CHECKS has functions check_*(suite). A function that throws is a failure of its own, and the next goes on.

SPDX-License-Identifier: PostgreSQL
"""
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True

import delivery  # noqa: E402
import fair  # noqa: E402
import faults  # noqa: E402
import forms  # noqa: E402
import kafka  # noqa: E402
import kills  # noqa: E402
import kinds  # noqa: E402
import mtls  # noqa: E402
import nats  # noqa: E402
import stream  # noqa: E402
from subscriber import Subscriber  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
TENANT = "00000000-0000-4000-8000-0000000000e1"
CHECKS = (forms, kinds, stream, delivery, faults, fair, mtls, kafka, nats, kills)
WORKFLOW = """{"StartAt": "Ask", "States": {
    "Ask": {"Type": "Task", "Resource": "portarium:approval", "Parameters": {"prompt": "Really?"}, "TimeoutSeconds": 60, "Next": "Do"},
    "Do": {"Type": "Task", "Resource": "portarium:action:web.do", "TimeoutSeconds": 60, "End": true}}}"""


class Suite:
    program = str(ROOT / "build" / "portarium-relay")

    def __init__(self, folder):
        self.folder, self.passed, self.failed, self.skipped = folder, 0, 0, 0
        self.relays, self.subscriber = [], Subscriber()

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"ok       events {name}" if good else f"FAILED   events {name}: {str(detail)[:2000]}", flush=True)

    def equal(self, name, found, expected):
        self.check(name, found == expected, f"found {str(found)[:900]}, expected {str(expected)[:900]}")

    def skip(self, name, why):
        self.skipped += 1
        print(f"skipped  events {name}: {why}", flush=True)

    def eventually(self, name, seconds, condition, detail=lambda: ""):
        deadline = time.time() + seconds
        while not condition() and time.time() < deadline:
            time.sleep(0.05)
        self.check(name, condition(), detail())

    def run(self, function):
        try:
            function(self)
        except Exception:  # the suite goes on, the failure is counted
            self.check(function.__name__, False, traceback.format_exc())

    def sql(self, text):
        # on stdin: entries of all types are more than an argument may hold
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def subscribe(self, name, path, **more):
        given = "".join(f", {k} => {v}" for k, v in more.items())
        self.sql(f"select portarium.subscribe('{name}', '{self.subscriber.url(path)}'{given})")

    def write_events(self, count, kind="app.note"):
        self.sql(f"select count(portarium.append_evidence('{kind}', jsonb_build_object('n', n))) from generate_series(1, {count}) n")

    def sealed(self):
        self.eventually("everything is sealed", 20, lambda: self.sql("select count(*) from portarium.entries where not sealed") == "0")
        return int(self.sql("select count(*) from portarium.entries"))

    def relay(self, **settings):
        usual = {"DATABASE_URL": f"host={os.environ['PGHOST']} dbname={os.environ['PGDATABASE']} user=portarium_relay",
                 "RELAY_WEBHOOKS": "on", "RELAY_PRIVATE_NETWORK": "on", "RELAY_INTERVAL_MS": "50", "RELAY_TIMEOUT_MS": "1500",
                 "RELAY_CREDENTIALS": f"{self.folder}/credentials", "RELAY_ORIGIN": "relay.example"}
        environment = {**os.environ, **usual, **settings}
        log = open(f"{self.folder}/relay.log", "a")
        process = subprocess.Popen([self.program], env=environment, stdout=subprocess.DEVNULL, stderr=log)
        self.relays.append(process)
        return process

    def stop(self, process):
        process.terminate()
        return process.wait(10)


def prepare(suite):
    suite.sql("create extension portarium")
    suite.sql("call portarium.install()")
    suite.sql(f"select portarium.create_tenant('events', null, '{TENANT}')")
    suite.sql(f"select portarium.bind_login(session_user, '{TENANT}', 'ann', '{{admin,requester,operator,approver}}')")
    suite.sql("alter role portarium_relay login")
    suite.sql("""select portarium.register_adapter('web', 'http',
        '{"do": {"method": "POST", "path": "/do", "tier": "Auto", "idempotent": true}}', 'http://127.0.0.1:1')""")
    suite.sql(f"select from portarium.register_workflow('asks', '{WORKFLOW}')")
    os.makedirs(f"{suite.folder}/credentials/{TENANT}")


def chosen(arguments):
    """Every check, or those whose name holds the argument."""
    wanted = arguments[0] if arguments else ""
    return [f for module in CHECKS for name, f in vars(module).items() if name.startswith("check_") and wanted in name]


def main():
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(folder)
        prepare(suite)
        try:
            for function in chosen(sys.argv[1:]):
                since = time.time()
                suite.run(function)
                print(f"         {function.__name__} took {time.time() - since:.1f} s", flush=True)
        finally:
            for process in suite.relays:
                process.kill()
            if suite.failed:
                print(Path(f"{folder}/relay.log").read_text()[-4000:] if os.path.exists(f"{folder}/relay.log") else "")
    print(f"{suite.passed} passed, {suite.failed} failed, {suite.skipped} skipped")
    return 1 if suite.failed or not suite.passed else 0


if __name__ == "__main__":
    sys.exit(main())
