"""A secret and a personal datum go through the error paths of every daemon and must come out in no log and no span.

Whatever a daemon is given where a secret belongs is SECRET, whatever comes from a person is PERSON. Each attempt is told by its name
when it did not go wrong as it should, because a path that was not taken proves nothing.

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import subprocess
import uuid
from pathlib import Path

SECRET = f"canarySecret{uuid.uuid4().hex}"
PERSON = f"canary.person.{uuid.uuid4().hex}"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
DOCUMENT = """{"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": "portarium:action:leaky.%s", "TimeoutSeconds": 20, "End": true}}}"""
# what the system of record does with a request, and how the run then ends
OPERATIONS = {
    "fails": ("/canary_fails/{person}", "Http.500"),
    "garbles": ("/canary_garbles/x", "Http.BadResponse"),
    "nul": ("/canary_nul/x", "Http.BadResponse"),
    "missing": ("/ok/{nobody}", "Adapter.BadInput"),
}


def private_file(folder, name, text):
    path = f"{folder}/{name}"
    Path(path).write_text(text)
    os.chmod(path, 0o600)
    return path


def behaviours():
    """Answers of the system of record and of subscribers, all of them with both canaries in them."""
    leak = json.dumps({"error": f"{SECRET} {PERSON}"})

    def fails(self, _times, _body):
        self.send_response(500)
        self.send_header("X-Leak", f"{SECRET} {PERSON}")
        self.send_header("Content-Length", str(len(leak)))
        self.end_headers()
        self.wfile.write(leak.encode())

    def body(text):
        def behave(self, _times, _body):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
        return behave

    return {"canary_fails": fails, "canary_garbles": body(f'{{"{SECRET}": {PERSON}'), "canary_nul": body(json.dumps({"a": f"{PERSON}\0{SECRET}"}))}


def try_sidecar(suite, stack, Sidecar, token):
    """Requests that are refused at every stage, and one that makes the database fail."""
    suite.sql(f"create function portarium.leaks(person text) returns text language plpgsql as $$ begin raise exception using errcode = 'XX000', message = format('no \"%s\" here', person), detail = person; end $$")
    suite.sql("comment on function portarium.leaks(text) is 'fails'; grant execute on function portarium.leaks(text) to portarium_app")
    sidecar = Sidecar(suite.folder, LOG_REQUESTS="on", LOG_LEVEL="debug", **stack.collector.settings())
    bearer = token(tenant=stack.tenant, sub=PERSON)
    traced = {"traceparent": PARENT, "tracestate": "a=1"}
    tries = (
        ("a token that is none", sidecar.get("/runs", bearer=SECRET), 401),
        ("a token by another key", sidecar.get("/runs", bearer=token(secret=SECRET, tenant=stack.tenant, sub=PERSON)), 401),
        ("a value of another type", sidecar.get(f"/runs?run_id=eq.{PERSON}", bearer=bearer), 422),
        ("a filter that is none", sidecar.get(f"/runs?{PERSON}=eq.1", bearer=bearer), 400),
        ("a view that is none", sidecar.get(f"/{PERSON}", bearer=bearer), 404),
        ("a function that is none", sidecar.rpc(PERSON, {"a": PERSON}, bearer=bearer), 404),
        ("a body that is no JSON", sidecar.rpc("start_run", f'{{"workflow": "{PERSON}', bearer=bearer), 400),
        ("an argument that is none", sidecar.rpc("start_run", {PERSON: SECRET}, bearer=bearer), 404),
        ("a workflow that is none", sidecar.rpc("start_run", {"workflow": PERSON, "input": {}}, bearer=bearer), 404),
        ("a text that the database refuses", sidecar.rpc("start_run", {"workflow": "asks", "input": {"a": PERSON + "\0"}}, bearer=bearer), 400),
        ("a function that fails", sidecar.rpc("leaks", {"person": PERSON}, bearer=bearer, headers=traced), 500),
    )
    for name, answer, status in tries:
        suite.equal(f"{name} is refused", answer.status, status)
    suite.equal("the sidecar ends well", sidecar.stop(), 0)
    suite.sql("drop function portarium.leaks(text)")
    lines = [json.loads(line) for line in Path("build/test/http-sidecar.log").read_text().splitlines() if line.startswith("{")]
    failed = [line for line in lines if line["message"] == "call failed"][-1]
    suite.equal("what failed is in its trace", (failed["trace_id"], len(failed["span_id"])), (PARENT[3:35], 16))
    told = [line for line in lines if line["message"] == "request"][-1]
    suite.equal("and so is its request", (told["trace_id"], told["path"]), (PARENT[3:35], "/rpc/leaks"))


def try_executor(suite, stack):
    """Jobs whose input is personal, whose header is secret, and whose answers tell both."""
    headers = {"Authorization": "Bearer ${credential:leaky}"}
    operations = {name: {"method": "POST", "path": path, "tier": "Auto", "idempotent": True, "headers": headers} for name, (path, _) in OPERATIONS.items()}
    suite.sql(f"select portarium.register_adapter('leaky', 'http', '{json.dumps(operations)}', 'http://127.0.0.1:{suite.subscriber.port}')")
    for name in OPERATIONS:
        suite.sql(f"select from portarium.register_workflow('leaky_{name}', '{DOCUMENT % name}')")
    os.makedirs(f"{suite.folder}/secrets", mode=0o700)
    private_file(f"{suite.folder}/secrets", "leaky", SECRET)
    executor = stack.start("executor", EXECUTOR_NAME="leaky", EXECUTOR_ADAPTERS="leaky", EXECUTOR_PRIVATE_NETWORK="on", LOG_LEVEL="debug",
                           EXECUTOR_CREDENTIALS=f"{suite.folder}/secrets", **stack.collector.settings(), METRICS_LISTEN="")
    started = {name: suite.sql(f"""begin; set local portarium.traceparent = '{PARENT}';
        select portarium.start_run('leaky_{name}', '{{"person": "{PERSON}"}}'); commit""") for name in OPERATIONS}
    for name, run in started.items():
        suite.eventually(f"the action that {name} fails", 20, lambda run=run: suite.sql(f"select state from portarium.runs where run_id = '{run}'") == "FAILED",
                         lambda run=run: suite.sql(f"select state, error from portarium.runs where run_id = '{run}'"))
        suite.equal("as it should", suite.sql(f"select error from portarium.runs where run_id = '{run}'"), OPERATIONS[name][1])
    suite.check("the secret was sent", any(SECRET in h.get("Authorization", "") for _, _, h, *_ in suite.subscriber.of(f"/canary_fails/{PERSON}")))
    suite.equal("the executor ends well", suite.stop(executor), 0)
    lines = [json.loads(line) for line in Path(f"{suite.folder}/executor.log").read_text().splitlines()]
    attempts = lambda: {s["spanId"] for s in stack.collector.spans(PARENT[3:35]) if s["name"] == "action attempt"}
    claimed = [line["span_id"] for line in lines if line["message"] == "claimed" and line.get("trace_id") == PARENT[3:35]]
    suite.eventually("what the log says of a job is in its attempt's span", 10, lambda: set(claimed) == attempts() and len(claimed) == len(OPERATIONS),
                     lambda: (claimed, attempts()))


def try_relay(suite, stack):
    """Subscribers that cannot be reached, a key that is none, a sink that refuses."""
    places = {"nobody": f"http://{PERSON}.invalid/{SECRET}", "closed": f"http://127.0.0.1:1/{SECRET}?who={PERSON}",
              "refuses": suite.subscriber.url(f"/canary_fails/{SECRET}")}
    for name, url in places.items():
        suite.sql(f"select portarium.subscribe('{name}', '{url}')")
    private_file(f"{suite.folder}/credentials/{stack.tenant}", "bad", SECRET)
    suite.sql(f"select portarium.subscribe('unsigned', '{suite.subscriber.url('/ok/unsigned')}', credential => 'bad')")
    suite.write_events(1)
    failures = "select string_agg(name, ' ' order by name) from portarium.subscriptions where failures > 0 and name = any('{nobody,closed,refuses,unsigned}')"
    suite.eventually("each fails", 30, lambda: suite.sql(failures) == "closed nobody refuses unsigned", lambda: suite.sql(failures))
    for name in (*places, "unsigned"):
        suite.sql(f"select portarium.unsubscribe('{name}')")
    sink = suite.relay(RELAY_SINK=suite.subscriber.url(f"/canary_fails/sink?{PERSON}"), RELAY_TOKEN_FILE=private_file(suite.folder, "token", SECRET),
                       RELAY_WEBHOOKS="off", RELAY_NAME="leaky")
    suite.eventually("the sink refuses", 20, lambda: suite.subscriber.of(f"/canary_fails/sink?{PERSON}"))
    suite.equal("its relay ends well", suite.stop(sink), 0)
    lines = [json.loads(line) for line in Path(f"{suite.folder}/relay.log").read_text().splitlines()]
    suite.check("failures are in the log", {line.get("subscription") for line in lines if line["message"] == "a webhook was not delivered"}
                >= {"nobody", "closed", "refuses", "unsigned"})


def try_keeper(suite, stack):
    """A payload of a person's that is kept, and one whose object somebody has written over."""
    person, damaged = (suite.sql(f"select portarium.put_payload('{SECRET}', 'scans', '{media}', '{PERSON}')") for media in ("text/plain", "text/x-damaged"))
    stored = f"select count(*) from portarium.payloads where status = 'STORED' and payload_id in ('{person}', '{damaged}')"
    suite.eventually("both are kept", 60, lambda: suite.sql(stored) == "2", lambda: suite.sql(stored))
    path = next(Path(f"{suite.folder}/keeper/objects").rglob(damaged))
    path.chmod(0o600)
    path.write_text(f"{SECRET} {PERSON}")
    suite.sql(f"select portarium.get_payload('{damaged}')")
    suite.equal("a keeper that finds it ends", stack.keeper.wait(60), 3)
    suite.eventually("and tells its last spans", 30, lambda: [s for s in stack.collector.spans() if s["name"] == "payload fetch" and s.get("status", {}).get("message") == "UP902"])


def try_egress(suite, stack):
    """Clients that do not know how to ask."""
    import socket
    for request in (f"GET /{SECRET} HTTP/1.1\r\nCookie: {PERSON}\r\n\r\n", f"CONNECT 127.0.0.1:1 HTTP/1.1\r\nProxy-Authorization: Basic {SECRET}\r\n\r\n",
                    f"{SECRET}\r\n{PERSON}\r\n\r\n", f"POST http://127.0.0.1:1/{PERSON} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: {SECRET}\r\n\r\n"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{suite.folder}/egress.sock")
            client.sendall(request.encode())
            client.settimeout(10)
            suite.check("the proxy refuses", client.recv(4096).startswith(b"HTTP/1.1 4"))


def try_starts(suite, Sidecar):
    """Settings that are wrong where a secret is: nobody starts, and nobody says more than which setting it was."""
    junk = private_file(suite.folder, "junk", f"{SECRET}\n")
    broken = f"postgresql://{PERSON}:{SECRET}/x@127.0.0.1:{SECRET}/x"
    keys = {"CONTEXT_KEY_FILE": f"{suite.folder}/context.key", "JWT_KEYS": f"hs256:{suite.folder}/jwt.key", "LISTEN": "127.0.0.1:0", "ADMIN_LISTEN": "127.0.0.1:0"}
    notary = {"NOTARY_KEY_FILE": f"{suite.folder}/notary/key", "NOTARY_STORE": f"{suite.folder}/store2", "NOTARY_STATE": f"{suite.folder}/state2"}
    keeper = {"KEEPER_KEYS": f"{suite.folder}/keys", "KEEPER_STORE": f"{suite.folder}/objects", "KEEPER_KEK_FILE": private_file(suite.folder, "kek", "0" * 64)}
    for folder in (notary["NOTARY_STORE"], keeper["KEEPER_KEYS"], keeper["KEEPER_STORE"]):
        os.makedirs(folder, mode=0o700)
    tries = (
        ("sidecar", {**keys, "CONTEXT_KEY_FILE": junk}), ("sidecar", {**keys, "JWT_KEYS": f"rs256:{junk}"}),
        ("sidecar", {**keys, "DATABASE": f"password={SECRET}"}),
        ("notary", {**notary, "NOTARY_KEY_FILE": junk, "DATABASE_URL": ""}), ("notary", {**notary, "DATABASE_URL": broken, "once": "1"}),
        ("notary", {**notary, "NOTARY_STORE": "s3://bucket", "NOTARY_S3_ENDPOINT": "http://127.0.0.1:1", "NOTARY_S3_ACCESS_KEY": "a",
                    "NOTARY_S3_SECRET_KEY_FILE": junk, "DATABASE_URL": "", "once": "1"}),
        ("relay", {"DATABASE_URL": broken, "RELAY_SINK": "file:/dev/null", "once": "1"}), ("egress", {"DATABASE_URL": broken, "EGRESS_SOCKET": f"{suite.folder}/x"}),
        ("keeper", {**keeper, "KEEPER_KEK_FILE": junk}), ("keeper", {**keeper, "DATABASE_URL": broken, "once": "1"}),
        ("executor", {"DATABASE_URL": broken, "EXECUTOR_ADAPTERS": "leaky", "wait": "1"}),
        ("executor", {"EXECUTOR_ADAPTERS": f"{SECRET} {PERSON}"}),
    )
    for name, settings in tries:
        once, wait = settings.pop("once", None), settings.pop("wait", None)
        with open(f"{suite.folder}/starts.log", "a") as log:
            process = subprocess.Popen([f"build/portarium-{name}", *(["--once"] if once else [])], env={**os.environ, **settings}, stdout=log, stderr=log)
            if wait:
                suite.eventually("the executor has tried", 10, lambda: "connection is lost" in Path(f"{suite.folder}/starts.log").read_text())
                process.kill()
            suite.check(f"the {name} does not start", process.wait(20) != 0)


def judge(suite, stack):
    logs = [*Path(suite.folder).glob("*.log"), Path("build/test/http-sidecar.log")]
    suite.check("there are logs of everybody", {"executor.log", "relay.log", "notary.log", "egress.log", "keeper.log", "starts.log"} <= {log.name for log in logs}, logs)
    for log in logs:
        lines = [line for line in log.read_text(errors="replace").splitlines() if SECRET in line or PERSON in line]
        suite.equal(f"no canary is in {log.name}", lines, [])
    told = [span for span in stack.collector.spans() if SECRET in json.dumps(span) or PERSON in json.dumps(span)]
    suite.equal("none is in a span", told, [])


def check_canaries(suite, stack, Sidecar, token):
    from subscriber import Handler
    for name, behave in behaviours().items():
        setattr(Handler, f"behave_{name}", behave)
    try_sidecar(suite, stack, Sidecar, token)
    try_executor(suite, stack)
    try_relay(suite, stack)
    try_keeper(suite, stack)
    try_egress(suite, stack)
    try_starts(suite, Sidecar)
    judge(suite, stack)
