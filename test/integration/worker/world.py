"""What the suite plays in: the database of one flavour, tenants with an adapter for workers, the sidecar, and workers as child processes.

SPDX-License-Identifier: PostgreSQL
"""
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "test/integration/http"))

from client import OTHER_TENANT, SECRET, TENANT, Sidecar, psql, token, wait_for  # noqa: E402

PATIENCE = 90
OPERATIONS = {"count": {"idempotent": True}, "send": {"idempotent": False}}


def task(operation, **members):
    return {"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": f"portarium:action:text.{operation}", "End": True, **members}}}


class World:
    def __init__(self, flavour, folder):
        self.flavour, self.folder, self.processes = flavour, folder, []
        version = " version '0.1.0+native'" if flavour == "native" else ""
        psql(f"set client_min_messages = warning; create extension portarium{version}")
        psql("call portarium.install()")
        psql("alter role portarium_sidecar login")
        self.key = secrets.token_hex(32)
        psql(f"select portarium.create_tenant('one', null, '{TENANT}'), portarium.create_tenant('two', null, '{OTHER_TENANT}', 'B')")
        psql(f"select portarium.add_context_key('suite', decode('{self.key}', 'hex'))")
        self.write("context.key", f"suite {self.key}\n")
        self.write("jwt.key", SECRET + "\n")
        self.sidecar = Sidecar(folder, TENANT_STREAMS=2)
        for tenant in (TENANT, OTHER_TENANT):
            self.call("register_adapter", {"name": "text", "kind": "worker", "operations": OPERATIONS}, tenant)
            for name, definition in (("count", task("count")), ("send", task("send")), ("steady", task("count", HeartbeatSeconds=6)),
                                     ("hasty", task("count", HeartbeatSeconds=1))):
                self.call("register_workflow", {"name": name, "definition": definition}, tenant)

    def write(self, name, text):
        with os.fdopen(os.open(f"{self.folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return f"{self.folder}/{name}"

    def call(self, name, arguments, tenant=TENANT):
        """A call by the tenant's admin."""
        answer = self.sidecar.rpc(name, arguments, bearer=token(tenant=tenant, sub="ada"))
        if answer.status not in (200, 204):
            raise RuntimeError(f"{name}: {answer.status} {answer.body!r}")
        return answer.json() if answer.status == 200 else None

    def worker(self, name, call, arguments, tenant=TENANT, roles=("worker",), **options):
        return self.sidecar.call("POST", f"/worker/{call}", arguments, bearer=token(tenant=tenant, sub=name, roles=list(roles)), **options)

    def start_run(self, workflow, given, tenant=TENANT):
        return self.call("start_run", {"workflow": workflow, "input": given}, tenant)

    def run(self, run_id, tenant=TENANT):
        self.tick()
        return self.sidecar.get(f"/runs?run_id=eq.{run_id}", bearer=token(tenant=tenant)).json()[0]

    def tick(self):
        """In the managed flavour nothing happens by itself."""
        if self.flavour == "managed":
            psql("call portarium.tick()")

    def ends(self, run_id, state, tenant=TENANT):
        return wait_for(lambda: self.run(run_id, tenant)["state"] == state, PATIENCE)

    def kinds(self, run_id):
        return [row["kind"] for row in self.call("run_history", {"run_id": run_id})]

    def explain(self, run_id):
        self.tick()
        return self.call("explain_run", {"run_id": run_id})[0]

    def executing(self, run_id, worker):
        """The worker is at this run's job."""
        def found():
            row = self.explain(run_id)
            return row["reason"] == "executing" and row["facts"]["executor"].endswith("/" + worker)
        return wait_for(found, PATIENCE)

    def start_worker(self, program, name, tenant=TENANT):
        """One of the examples; its token is a file that only it needs to know."""
        path = self.write(f"{name}.token", token(tenant=tenant, sub=name, roles=["worker"]))
        log = open(f"{self.folder}/{name}.log", "a")
        process = subprocess.Popen([str(TOP / "examples/workers" / program)], stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
                                   env={"PATH": os.environ["PATH"], "PORTARIUM_URL": f"http://127.0.0.1:{self.sidecar.port}", "PORTARIUM_TOKEN_FILE": path})
        self.processes.append(process)
        if process.stdout.readline() != "worker ready\n":
            raise RuntimeError(f"{program} did not start: {Path(log.name).read_text()}")
        return process

    def kill(self, process):
        """With all that it started; waits for the end."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log(self, name):
        return Path(f"{self.folder}/{name}.log").read_text()

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
        self.sidecar.process.kill()
        self.sidecar.process.wait()
