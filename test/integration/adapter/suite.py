"""./portarium adapter test, as its program runs it: what passes is enabled, what is broken is named, in every way to break a contract.

Order: the database, the sidecar and the ledger of the examples; then one adapter after the other, each tried by tool/adapter.py, whose
attempts are made by portarium-executor --try.

SPDX-License-Identifier: PostgreSQL
"""
import os
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "test/integration/http"))

from client import SECRET, TENANT, Sidecar, psql, token  # noqa: E402

GRANT = {"request_id": "AR-1", "subject": "agent", "resource": "books", "access": "read"}
ERRORS = [{"status": "422", "error": "Ledger.Refused"}, {"status": "409", "error": "Ledger.Conflict"}]
ANSWER = {"type": "object", "required": ["status", "body"],
          "properties": {"body": {"type": "object", "required": ["grant_id"], "properties": {"grant_id": {"type": "string"}}}}}


def operation(**more):
    """A grant of access, whole and right; more replaces members, None takes one away."""
    whole = {"method": "POST", "path": "/access-grants", "body": "input", "idempotent": True, "idempotency_header": "Idempotency-Key",
             "errors": ERRORS, "input": {"type": "object", "required": list(GRANT)}, "output": ANSWER,
             "contract": [{"name": "granted", "input": GRANT, "output": {"status": 201, "body": {"request_id": "AR-1"}}},
                          {"name": "refused", "input": {}, "error": "Ledger.Refused"}]} | more
    return {name: value for name, value in whole.items() if value is not None}


COUNT = {"method": "GET", "path": "/effects/count", "idempotent": True, "contract": [{"input": {}}]}
NOWHERE = {"method": "GET", "path": "/nowhere", "idempotent": True, "contract": [{"input": {}, "error": "Http.404"}]}

# What is registered, and the cases that are broken with the words for it.
ADAPTERS = {
    "good": ({"grant": operation(dry_run="count"), "count": COUNT}, {}),
    "another-error": ({"grant": operation(contract=[{"input": {}, "error": "Ledger.Conflict"}])},
                      {"grant/1": "Ledger.Conflict was to come, Ledger.Refused came"}),
    "no-error": ({"grant": operation(contract=[{"input": GRANT, "error": "Ledger.Refused"}])}, {"grant/1": "Ledger.Refused was to come, an output came"}),
    "an-error": ({"grant": operation(input=None, contract=[{"input": {}}])}, {"grant/1": "an output was to come, Ledger.Refused came"}),
    "another-output": ({"grant": operation(contract=[{"input": GRANT, "output": {"body": {"request_id": "AR-2"}}}])}, {"grant/1": "the output is"}),
    "input-does-not-fit": ({"grant": operation(contract=[{"input": {}}])}, {"grant/1": "the input does not fit its schema"}),
    "output-does-not-fit": ({"grant": operation(output={"properties": {"status": {"const": 200}}})},
                            {"grant/granted": "the output does not fit its schema at $.status"}),
    "schema-is-none": ({"grant": operation(output={"type": "thing"})}, {"grant/granted": "the schema of the output is none"}),
    "no-credential": ({"grant": operation(idempotency_header=None, headers={"Idempotency-Key": "${credential:nothing}"})},
                       {"grant/granted": "an output was to come, Adapter.BadInput came", "grant/refused": "Ledger.Refused was to come, Adapter.BadInput came"}),
    "says-idempotent": ({"arm": {"method": "POST", "path": "/_faults", "body": "input", "idempotent": True,
                                 "contract": [{"input": {"mode": "fail", "times": 1, "kind": "order", "reference": "nobody's"}}]}},
                        {"arm/1": "the same key gave something else the second time"}),
    "no-dry-run": ({"grant": operation(dry_run="nowhere"), "nowhere": NOWHERE}, {"grant/granted": "an output was to come, Http.404 came"}),
    "no-case": ({"grant": operation(), "count": COUNT | {"contract": None}}, {"count/1": "the operation has no case"}),
}


class Suite:
    def __init__(self, folder):
        self.folder, self.passed, self.failed = folder, 0, 0
        psql("set client_min_messages = warning; create extension portarium")
        psql("call portarium.install()")
        psql("alter role portarium_sidecar login")
        key = secrets.token_hex(32)
        psql(f"select portarium.create_tenant('one', null, '{TENANT}'), portarium.add_context_key('suite', decode('{key}', 'hex'))")
        self.write("context.key", f"suite {key}\n")
        self.write("jwt.key", SECRET + "\n")
        self.sidecar = Sidecar(folder, JWT_ISSUER="portarium-embedded")
        self.ledger = subprocess.Popen([sys.executable, "-B", str(TOP / "examples/ledger/ledger.py"), "--database", f"{folder}/ledger.sqlite", "--port", "0"],
                                       stdout=subprocess.PIPE, stderr=open(TOP / "build/test/adapter-ledger.log", "w"), text=True)
        self.url = re.search(r"http://\S+", self.ledger.stdout.readline())[0]

    def write(self, name, text):
        with os.fdopen(os.open(f"{self.folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def check(self, name, good, detail=""):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(f"ok       {name}" if good else f"FAILED   {name}: {detail}", flush=True)

    def equal(self, name, found, expected):
        self.check(name, found == expected, f"found {found!r}, expected {expected!r}")

    def bearer(self):
        return token(iss="portarium-embedded", sub="ada")

    def register(self, name, operations):
        operations = {key: {member: value for member, value in value.items() if value is not None} for key, value in operations.items()}
        answer = self.sidecar.rpc("register_adapter", {"name": name, "kind": "http", "operations": operations, "base_url": self.url}, bearer=self.bearer())
        if answer.status != 204:
            raise RuntimeError(f"{name}: {answer.body!r}")

    def enabled(self, name):
        return self.sidecar.get(f"/adapters?name=eq.{name}&select=enabled", bearer=self.bearer()).json()[0]["enabled"]

    def test(self, name, **environment):
        trial = f"{TOP}/build/portarium-executor --try"
        return subprocess.run([sys.executable, "-B", str(TOP / "docker/embedded/tool/adapter.py"), name], capture_output=True, text=True, check=False,
                              env=os.environ | {"PORTARIUM_API": f"http://127.0.0.1:{self.sidecar.port}", "PORTARIUM_JWT_KEY": f"{self.folder}/jwt.key",
                                                "PORTARIUM_TENANT": TENANT, "PORTARIUM_TRIAL": trial, "EXECUTOR_ADAPTERS": "any",
                                                "EXECUTOR_PRIVATE_NETWORK": "on"} | environment)

    def entry(self, name):
        """What its last test left as evidence."""
        found = psql(f"select set_config('portarium.ctx', portarium.context_token('{TENANT}', 'ada', '{{admin}}', key_id => 'suite', "
                     f"key => decode('{Path(self.folder, 'context.key').read_text().split()[1]}', 'hex')), true); "
                     f"select body -> 'broken' from portarium.entries where kind = 'adapter.tested' and body ->> 'adapter' = '{name}' "
                     "order by index desc nulls first limit 1")
        return found.splitlines()[-1]

    def close(self):
        self.ledger.terminate()
        self.ledger.wait()
        return self.sidecar.stop()


def check_adapter(suite, name, operations, broken):
    suite.register(name, operations)
    suite.equal(f"{name}: untested, it is disabled", suite.enabled(name), False)
    done = suite.test(name)
    suite.equal(f"{name}: the verdict", (done.returncode, suite.enabled(name)), (1 if broken else 0, not broken))
    for label, words in broken.items():
        line = next((line for line in done.stdout.splitlines() if line.split()[:1] == [label]), "")
        suite.check(f"{name}: {label} is broken, and why", words in line, done.stdout + done.stderr)
    suite.check(f"{name}: the entry names what is broken and nothing else", sorted(re.findall(r'"([^"]+)"', suite.entry(name))) == sorted(broken),
                suite.entry(name))


def check_others(suite):
    done = suite.test("nobody")
    suite.check("an adapter that is not there", done.returncode == 1 and "is not registered" in done.stderr, done.stderr)
    suite.register("good", ADAPTERS["good"][0])
    suite.equal("what has passed is enabled when it is registered again", suite.enabled("good"), True)
    done = suite.test("good", PORTARIUM_TRIAL=f"{TOP}/build/portarium-executor --try --config /nowhere")
    suite.check("who cannot try it disables it", done.returncode == 1 and "could not be tried" in done.stdout and not suite.enabled("good"), done.stdout)
    suite.equal("and tried again it is enabled", (suite.test("good").returncode, suite.enabled("good")), (0, True))


def main():
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(folder)
        try:
            for name, (operations, broken) in ADAPTERS.items():
                check_adapter(suite, name, operations, broken)
            check_others(suite)
        finally:
            status = suite.close()
        suite.equal("the sidecar ends well", status, 0)
    print(f"{suite.passed} passed, {suite.failed} failed, 0 skipped")
    return 0 if suite.failed == 0 and suite.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
