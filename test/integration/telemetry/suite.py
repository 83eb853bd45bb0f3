"""One trace through the whole stack, and what becomes of the work and the spans when the collector is away.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "events"))

import canary  # noqa: E402
import rules  # noqa: E402
import sinks  # noqa: E402
from collector import Collector, Receiver, attributes, free_port  # noqa: E402
import stream  # noqa: E402  (prepares keys and the sidecar's client)
from client import Sidecar, token  # noqa: E402

import importlib.util  # noqa: E402

_events = importlib.util.spec_from_file_location("events_suite", Path(__file__).resolve().parents[1] / "events" / "suite.py")
events = importlib.util.module_from_spec(_events)
_events.loader.exec_module(events)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENT_SPAN = "00f067aa0ba902b7"
STATE = "vendor=one,ot=th:8"
TENANT = events.TENANT
# the spans of one run, one or more of each part that has to do with it
EVERYBODY = ("POST /rpc/{function}", "CALL start_run", "run asks", "approval Ask", "policy Do", "action Do", "action attempt", "seal run.succeeded",
             "event delivery")


class Stack:
    """The daemons, all with the same collector."""

    def __init__(self, suite, collector):
        self.suite, self.collector, self.tenant = suite, collector, TENANT
        endpoint = collector.settings()
        stream.start(suite).stop()  # keys and logins
        for name in ("executor", "notary", "egress", "keeper"):
            suite.sql(f"alter role portarium_{name} login")
        self.ports = {name: free_port() for name in ("executor", "notary", "egress", "keeper", "relay")}
        suite.sql(f"""select portarium.register_adapter('web', 'http',
            '{{"do": {{"method": "POST", "path": "/do", "tier": "Auto", "idempotent": true, "idempotency_header": "Idempotency-Key"}}}}', 'http://127.0.0.1:{suite.subscriber.port}')""")
        self.sidecar = Sidecar(suite.folder, **endpoint)
        suite.sql(f"select portarium.allow_egress('web', '127.0.0.1', {suite.subscriber.port})")
        self.egress = self.start("egress", EGRESS_SOCKET=f"{suite.folder}/egress.sock", EGRESS_PRIVATE="127.0.0.1", **endpoint)
        # one of them in the other form
        self.executor = self.start("executor", EXECUTOR_NAME="one", EXECUTOR_ADAPTERS="web", EXECUTOR_PROXY=f"unix:{suite.folder}/egress.sock",
                                   **{**endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"})
        self.relay = self.start_relay()
        self.notary = self.start_notary(endpoint)
        self.keeper = self.start_keeper(endpoint)

    def start(self, name, **settings):
        settings.setdefault("METRICS_LISTEN", f"127.0.0.1:{self.ports[name]}")
        environment = dict(os.environ, DATABASE_URL=f"host={os.environ['PGHOST']} dbname={os.environ['PGDATABASE']} user=portarium_{name}")
        log = open(f"{self.suite.folder}/{name}.log", "a")
        process = subprocess.Popen([str(events.ROOT / f"build/portarium-{name}")], env={**environment, **settings},
                                   stdout=subprocess.DEVNULL, stderr=log)
        self.suite.relays.append(process)
        return process

    def start_relay(self, **more):
        return self.suite.relay(RELAY_SPANS="on", **self.collector.settings(), **more,
                                METRICS_LISTEN=f"127.0.0.1:{self.ports['relay']}")

    def start_notary(self, endpoint):
        folder = f"{self.suite.folder}/notary"
        os.makedirs(f"{folder}/store")
        subprocess.run([str(events.ROOT / "build/portarium-notary"), "keygen", "--name", "telemetry.test/notary", "--key", f"{folder}/key"],
                       check=True, stdout=subprocess.DEVNULL)
        self.suite.sql(f"select portarium.trust_notary_key('{Path(f'{folder}/key.vkey').read_text().strip()}')")
        return self.start("notary", NOTARY_KEY_FILE=f"{folder}/key", NOTARY_STORE=f"{folder}/store", NOTARY_STATE=f"{folder}/state",
                          NOTARY_INTERVAL_MS="100", **endpoint)


    def start_keeper(self, more):
        folder = f"{self.suite.folder}/keeper"
        for part in ("keys", "objects"):
            os.makedirs(f"{folder}/{part}", mode=0o700, exist_ok=True)
        kek = canary.private_file(folder, "kek", "5" * 64)
        return self.start("keeper", KEEPER_KEK_FILE=kek, KEEPER_KEYS=f"{folder}/keys", KEEPER_STORE=f"{folder}/objects", KEEPER_INTERVAL_MS="50",
                          LOG_LEVEL="debug", **more)


def run_by_http(suite, stack, trace, headers=None):
    """A run that a client starts in its own trace, and that a person approves."""
    bearer = token(tenant=TENANT)
    run = stack.sidecar.rpc("start_run", {"workflow": "asks", "input": {}}, headers={"traceparent": trace, "Authorization": f"Bearer {bearer}", **(headers or {})}).json()
    approval = suite.sql(f"select approval_id from portarium.approvals where run_id = '{run}'")
    decider = token(tenant=TENANT, sub="bob", roles=["approver"])
    stack.sidecar.rpc("decide", {"approval_id": approval, "decision": "approve"}, headers={"Authorization": f"Bearer {decider}"})
    suite.eventually("the run succeeds", 15, lambda: suite.sql(f"select state from portarium.runs where run_id = '{run}'") == "SUCCEEDED")
    return run


def named(spans, name):
    return [span for span in spans if span["name"] == name]


def check_one_trace(suite, stack):
    suite.subscribe("hook", "/ok/hook")
    run = run_by_http(suite, stack, f"00-{TRACE}-{CLIENT_SPAN}-01", {"tracestate": STATE})
    suite.eventually("every part has told its spans", 15, lambda: {s["name"] for s in stack.collector.spans(TRACE)} >= set(EVERYBODY),
                     lambda: sorted({s["name"] for s in stack.collector.spans()}))
    spans = stack.collector.spans(TRACE)
    by_id = {span["spanId"]: span for span in spans}
    chain = [span["name"] for span in ancestors(named(spans, "action attempt")[0], by_id)]
    suite.equal("each lies in the one that caused it", chain, ["action attempt", "action Do", "run asks", "CALL start_run", "POST /rpc/{function}"])
    suite.equal("and the first in the client's", named(spans, "POST /rpc/{function}")[0]["parentSpanId"], CLIENT_SPAN)
    suite.equal("what the client carries along is in every span", {s.get("traceState") for s in spans}, {STATE})
    suite.equal("the services", {s["service"] for s in spans}, {"portarium-sidecar", "portarium-executor", "portarium-relay"})
    suite.check("a span ends after it began", all(int(s["startTimeUnixNano"]) <= int(s["endTimeUnixNano"]) for s in spans))
    attempt = named(spans, "action attempt")[0]
    headers = suite.subscriber.of("/do")[-1][2]
    suite.equal("the system of record is told", headers["traceparent"], f"00-{TRACE}-{attempt['spanId']}-01")
    suite.equal("and what the client carries along", headers["tracestate"], STATE)
    suite.equal("and by which key", attempt["attributes"]["portarium.action.id"], headers["Idempotency-Key"])
    delivered = [e for e in suite.subscriber.events("/ok/hook") if e.get("runid") == run]
    suite.check("every event of the run is in the trace", len(delivered) == 3 and all(e["traceparent"][3:35] == TRACE and e["tracestate"] == STATE for e in delivered))
    deliveries = {s["spanId"]: s for s in named(spans, "event delivery")}
    parents = [h["traceparent"][36:52] for _, _, h, *_ in suite.subscriber.of("/ok/hook") if h.get("traceparent", "")[3:35] == TRACE]
    suite.check("the subscriber's parent is the request to it, which lies in the run",
                parents and all(deliveries[p]["parentSpanId"] == named(spans, "run asks")[0]["spanId"] for p in parents if p in deliveries))
    entry = suite.sql(f"select traceparent || ' ' || tracestate from portarium.runs where run_id = '{run}'")
    suite.equal("the run keeps it", entry[3:35] + entry[55:], f"{TRACE} {STATE}")
    suite.eventually("the notary tells of its signatures", 10, lambda: named(stack.collector.spans(), "checkpoint sign"))


def ancestors(span, by_id):
    while span:
        yield span
        span = by_id.get(span.get("parentSpanId"))


def check_batch(suite, stack):
    """A batch comes from many traces: it has one of its own, with a link to each."""
    suite.sealed()
    suite.subscribe("batch", "/ok/batch", mode="'batch'")
    traces = [f"{n:032x}" for n in range(0x9000, 0x9003)]
    for trace in traces:
        run_by_http(suite, stack, f"00-{trace}-{CLIENT_SPAN}-01")
    linked = lambda: {link["traceId"] for s in named(stack.collector.spans(), "event delivery") for link in s.get("links", [])}
    suite.eventually("every trace of a batch is linked", 15, lambda: linked() >= set(traces), linked)
    batches = [s for s in named(stack.collector.spans(), "event delivery") if s.get("links")]
    links = {link["spanId"] for s in batches for link in s["links"] if link["traceId"] in traces}
    suite.eventually("by the runs' spans", 10, lambda: links <= {s["spanId"] for s in named(stack.collector.spans(), "run asks")})
    suite.check("in a trace of its own", all(s["traceId"] not in traces and not s.get("parentSpanId") for s in batches))
    sent = [h.get("traceparent") for _, _, h, *_ in suite.subscriber.of("/ok/batch")]
    suite.check("which the subscriber is told", {s["traceId"] for s in batches} <= {(t or "")[3:35] for t in sent}, sent)
    suite.sql("select portarium.unsubscribe('batch')")


def check_decided_once(suite, stack):
    """Half of the requests are sampled, by their ids: everybody who knows the threshold decides as the sidecar did."""
    half = Sidecar(suite.folder, TRACE_PERCENT="50", **stack.collector.settings())
    before = {s["traceId"] for s in stack.collector.spans()}
    for _ in range(40):
        half.rpc("start_run", {"workflow": "asks", "input": {}}, headers={"Authorization": f"Bearer {token(tenant=TENANT)}"})
    suite.equal("the sidecar ends well", half.stop(), 0)
    rows = [row.split("|") for row in suite.sql("select traceparent, tracestate from portarium.runs order by started_at desc limit 40").splitlines()]
    suite.check("some are sampled, some are not", {parent[-2:] for parent, _ in rows} == {"03", "02"}, rows)
    suite.check("as the id says", all((parent[-2:] == "03") == (int(parent[21:35], 16) >= 1 << 55) for parent, _ in rows), rows)
    suite.check("and the threshold goes along", all(state == ("ot=th:8" if parent[-2:] == "03" else "") for parent, state in rows), rows)
    suite.eventually("only those are told", 10, lambda: {s["traceId"] for s in stack.collector.spans()} - before
                     >= {parent[3:35] for parent, _ in rows if parent[-2:] == "03"})
    suite.check("and no other", not {s["traceId"] for s in stack.collector.spans()} & {parent[3:35] for parent, _ in rows if parent[-2:] == "02"})


def check_keeper(suite, stack):
    """What the keeper does about a payload is a span, and so is what it could not do."""
    suite.sql("select portarium.set_retention('scans', 'Operational', 30)")
    payload = suite.sql("select portarium.put_payload('a scan', 'scans', subject => 'customer-7')")
    told = lambda work: [s for s in named(stack.collector.spans(), f"payload {work}") if s["service"] == "portarium-keeper"]
    suite.eventually("the keeper tells of what it has stored", 30, lambda: any(s["attributes"].get("portarium.payload.id") == payload for s in told("store")), lambda: told("store"))
    suite.check("and of its inspection", told("inspect") and not any("status" in s and s["status"].get("code") for s in told("inspect") + told("store")), told("inspect"))
    lines = lambda message: [json.loads(line) for line in Path(f"{suite.folder}/keeper.log").read_text().splitlines() if f'"message":"{message}"' in line]
    suite.check("its log names the span", {s["spanId"] for s in told("store")} <= {line["span_id"] for line in lines("done") if line["work"] == "store"}, lines("done"))
    suite.sql("revoke execute on function portarium.keeper_fetched from portarium_keeper")
    suite.sql(f"select portarium.get_payload('{payload}')")
    suite.equal("a keeper that may not tell ends", stack.keeper.wait(60), 1)
    failed = lambda: [s for s in told("fetch") if s.get("status", {}).get("message") == "42501"]
    suite.eventually("and its last span says by what code", 30, failed, lambda: told("fetch"))
    suite.check("as its log does", failed()[0]["spanId"] in {line["span_id"] for line in lines("cannot work")}, lines("cannot work"))
    suite.sql("grant execute on function portarium.keeper_fetched to portarium_keeper")
    stack.keeper = stack.start_keeper(stack.collector.settings())
    suite.eventually("the next one brings it", 30, lambda: suite.sql(f"select state from portarium.get_payload('{payload}')") == "READY")


def check_protocol_buffers(suite, stack):
    """OpenTelemetry's own classes read what is sent, and would write the same."""
    if "OTLP_PYTHON" not in os.environ:
        suite.skip("OpenTelemetry's classes read what is sent", "proto.sh could not bring them")
        return
    receiver, trace = Receiver(free_port(), []), "e" * 32
    sidecar = Sidecar(suite.folder, OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{receiver.server.server_port}")
    sidecar.rpc("start_run", {"workflow": "none", "input": {}}, headers={"traceparent": f"00-{trace}-{CLIENT_SPAN}-01", "tracestate": STATE, "Authorization": f"Bearer {token(tenant=TENANT)}"})
    suite.equal("the sidecar ends well", sidecar.stop(), 0)
    receiver.stop()
    lines = "".join(f"{path} {base64.b64encode(body).decode()}\n" for path, body in receiver.encoded)
    done = subprocess.run([os.environ["OTLP_PYTHON"], str(Path(__file__).with_name("decode.py"))], input=lines, capture_output=True, text=True)
    suite.check("all is as they would write it", done.returncode == 0 and not receiver.kept, done.stderr)
    requests = [json.loads(line) for line in done.stdout.splitlines()]
    spans = [s for r in requests for resource in r.get("resourceSpans", []) for scope in resource["scopeSpans"] for s in scope["spans"]]
    suite.equal("spans", sorted((s["name"], base64.b64decode(s["traceId"]).hex(), s["traceState"]) for s in spans), [(name, trace, STATE) for name in ("CALL start_run", "POST /rpc/{function}")])
    suite.check("one of which failed", [s["status"] for s in spans if s.get("status")] == [{"message": "UP402", "code": "STATUS_CODE_ERROR"}], spans)
    metrics = {m["name"] for r in requests for resource in r.get("resourceMetrics", []) for scope in resource["scopeMetrics"] for m in scope["metrics"]}
    suite.check("metrics", {"http.server.request.duration", "portarium.telemetry.spans", "portarium.sidecar.connections"} <= metrics, metrics)


def check_protocols(suite, stack):
    """Whoever is told another protocol does not start and says why."""
    needed = {"EXECUTOR_ADAPTERS": "web", "EXECUTOR_NAME": "x", "EGRESS_SOCKET": f"{suite.folder}/x", "KEEPER_KEK_FILE": f"{suite.folder}/keeper/kek",
              **{name: f"{suite.folder}/x" for name in ("NOTARY_KEY_FILE", "NOTARY_STORE", "NOTARY_STATE", "KEEPER_KEYS", "KEEPER_STORE")}}
    for name in ("executor", "egress", "notary", "keeper", "relay", "sidecar"):
        done = subprocess.run([str(events.ROOT / f"build/portarium-{name}")], env={**os.environ, **needed, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, capture_output=True, text=True, timeout=60)
        suite.check(f"the {name} does not speak gRPC", done.returncode in (1, 2) and "OTEL_EXPORTER_OTLP_PROTOCOL" in done.stderr, (done.returncode, done.stderr))


def check_unsampled(suite, stack):
    trace = "5" * 32
    run_by_http(suite, stack, f"00-{trace}-{CLIENT_SPAN}-00")
    other = "6" * 32
    run_by_http(suite, stack, f"00-{other}-{CLIENT_SPAN}-01")
    suite.eventually("a later trace arrives", 15, lambda: named(stack.collector.spans(other), "run asks"))
    suite.equal("one that is not sampled leaves no span", stack.collector.spans(trace), [])


def check_without_collector(suite, stack):
    """The collector is away and the relay is killed: work goes on, and the spans of runs come all the same."""
    stack.collector.stop()
    traces = [f"{n:032x}" for n in range(0x7000, 0x7005)]
    for trace in traces:
        run_by_http(suite, stack, f"00-{trace}-{CLIENT_SPAN}-01")
    stack.relay.kill()
    stack.relay.wait()
    stack.relay = stack.start_relay()
    stack.collector.start()
    for trace in traces:
        suite.eventually("the run's spans come when it is back", 20, lambda trace=trace: len(named(stack.collector.spans(trace), "run asks")) >= 1
                         and named(stack.collector.spans(trace), "approval Ask") and named(stack.collector.spans(trace), "action Do"))


def check_slow_collector(suite, stack):
    """The collector takes everything, each request a second late: nobody waits for it, and nothing is dropped."""
    traces = [f"{n:032x}" for n in range(0x7100, 0x7105)]
    dropped = lambda: {name: count(port, "portarium_telemetry_spans_total", '{outcome="dropped"}') for name, port in {**stack.ports, "sidecar": stack.sidecar.admin_port}.items()}
    before, stack.collector.receiver.pause = dropped(), 1.0
    for trace in traces:
        run_by_http(suite, stack, f"00-{trace}-{CLIENT_SPAN}-01")
    for trace in traces:
        suite.eventually("every span of a run comes late", 60, lambda trace=trace: {s["name"] for s in stack.collector.spans(trace)} >= set(EVERYBODY),
                         lambda trace=trace: sorted({s["name"] for s in stack.collector.spans(trace)}))
    stack.collector.receiver.pause = 0.0
    suite.equal("and none was dropped", dropped(), before)


def count(port, name, labels=""):
    return float(next((line.split()[-1] for line in rules.scrape(port).splitlines() if line.startswith(f"{name}{labels} ")), "0"))


def check_metrics(suite, stack):
    relay = stack.ports["relay"]
    for _ in range(3):
        run_by_http(suite, stack, f"00-{'8' * 32}-{CLIENT_SPAN}-00")
    suite.eventually("runs are measured, traced or not", 10, lambda: count(relay, "portarium_run_duration_seconds_count", '{outcome="succeeded"}') >= 3)
    for name, labels in (("portarium_action_duration_seconds_count", '{outcome="succeeded"}'), ("portarium_approval_duration_seconds_count", '{outcome="decided"}'),
                         ("portarium_seal_duration_seconds_count", '{outcome="sealed"}'), ("portarium_policy_evaluations_total", '{outcome="allow"}')):
        suite.check(f"{name} counts", count(relay, name, labels) >= 3)
    suite.check("and so are their starts", count(relay, "portarium_run_starts_total", '{outcome="started"}') >= 3)
    suite.eventually("deliveries", 10, lambda: count(relay, "portarium_event_deliveries_total", '{outcome="delivered"}') > 0)
    suite.eventually("the levels of the database are read", 10, lambda: count(relay, "portarium_subscriptions_active") == 1)
    suite.check("the clock counts in shared memory", count(relay, "portarium_clock_ticks_total") > 0 and count(relay, "portarium_clock_wakes_total") > 0)
    suite.equal("and none of its ticks failed", count(relay, "portarium_clock_failures_total"), 0.0)
    check_daemons(suite, stack)
    rules.check_rules(suite, (*stack.ports.values(), stack.sidecar.admin_port))
    rules.check_names(suite, [*stack.ports.values(), stack.sidecar.admin_port])


def check_daemons(suite, stack):
    """Each tells of its own work."""
    ports = stack.ports
    suite.check("the executor of its attempts", count(ports["executor"], "portarium_executor_attempt_duration_seconds_count", '{outcome="succeeded"}') >= 3)
    suite.check("and of its claims", count(ports["executor"], "portarium_executor_jobs_claimed_total") >= 3)
    suite.check("the proxy of connections", count(ports["egress"], "portarium_egress_attempt_duration_seconds_count", '{outcome="allowed"}')
                + count(ports["egress"], "portarium_egress_connections") > 0)
    suite.check("the notary of its signatures", count(ports["notary"], "portarium_notary_rounds_total", '{outcome="signed"}') > 0
                and count(ports["notary"], "portarium_notary_sign_duration_seconds_count") > 0)
    suite.check("the keeper of its work", count(ports["keeper"], "portarium_keeper_tasks_total", '{work="fetch"}') >= 1
                and count(ports["keeper"], "portarium_keeper_inspected_good") == 1)
    suite.check("the sidecar of its requests", count(stack.sidecar.admin_port, "http_server_request_duration_seconds_count",
                '{http_request_method="POST",http_route="/rpc/{function}",http_response_status_code="200"}') >= 6)
    for name, port in {**ports, "sidecar": stack.sidecar.admin_port}.items():
        suite.eventually(f"the {name} counts its spans", 60, lambda name=name, port=port: count(port, "portarium_telemetry_spans_total", '{outcome="sent"}') > 0 or name == "egress")
        suite.check(f"the {name} names no tenant", TENANT not in rules.scrape(port))


def check_tenants(suite, stack):
    """Only where it is asked for a tenant has series of its own, and nothing is counted twice."""
    suite.equal("the relay ends well", suite.stop(stack.relay), 0)
    stack.relay = stack.start_relay(METRICS_TENANTS="1")
    run_by_http(suite, stack, f"00-{'a' * 32}-{CLIENT_SPAN}-00")
    own = f'{{outcome="succeeded",portarium_tenant_id="{TENANT}"}}'
    suite.eventually("its runs are its own", 10, lambda: count(stack.ports["relay"], "portarium_run_duration_seconds_count", own) > 0)
    suite.equal("and in no other series", count(stack.ports["relay"], "portarium_run_duration_seconds_count", '{outcome="succeeded"}'), 0.0)


def judge_otlp(suite, stack):
    """Everybody has sent its metrics at its end."""
    told = {"portarium-relay": "portarium.run.duration", "portarium-executor": "portarium.executor.attempt.duration",
            "portarium-notary": "portarium.notary.rounds", "portarium-egress": "portarium.egress.io",
            "portarium-keeper": "portarium.keeper.tasks", "portarium-sidecar": "http.server.request.duration"}
    for service, metric in told.items():
        suite.eventually(f"{service} has sent its metrics", 10, lambda service=service, metric=metric: metric in stack.collector.metrics(service),
                         lambda service=service: sorted(stack.collector.metrics(service)))
    points = stack.collector.metrics("portarium-executor").get("portarium.executor.attempt.duration", [])
    done = [p for p in points if attributes(p) == {"outcome": "succeeded"}]
    suite.check("a histogram with bounds and counts", done and int(done[0]["count"]) >= 3 and len(done[0]["bucketCounts"]) == len(done[0]["explicitBounds"]) + 1
                and sum(int(c) for c in done[0]["bucketCounts"]) == int(done[0]["count"]), points)
    rpc = [attributes(p) for p in stack.collector.metrics("portarium-sidecar").get("http.server.request.duration", [])]
    suite.check("requests have OpenTelemetry's attributes", {"http.request.method": "POST", "http.route": "/rpc/{function}",
                "http.response.status_code": "200"} in rpc, rpc)


def check_sinks(suite, stack):
    sinks.check_sinks(suite, stack, lambda trace: run_by_http(suite, stack, f"00-{trace}-{CLIENT_SPAN}-01", {"tracestate": STATE}))


def check_canaries(suite, stack):
    canary.check_canaries(suite, stack, Sidecar, token)


def check_ends(suite, stack):
    suite.equal("the executor ends well", suite.stop(stack.executor), 0)
    suite.equal("the notary ends well", suite.stop(stack.notary), 0)
    suite.equal("the relay ends well", suite.stop(stack.relay), 0)
    suite.equal("the proxy ends well", suite.stop(stack.egress), 0)
    suite.equal("the sidecar ends well", stack.sidecar.stop(), 0)
    judge_otlp(suite, stack)
    line = [json.loads(text) for text in Path(f"{suite.folder}/executor.log").read_text().splitlines() if '"spans"' in text][-1]
    suite.check("what was sent and what was dropped is counted", line["sent"] > 0 and line["dropped"] >= 0, line)


CHECKS = (check_one_trace, check_batch, check_decided_once, check_protocol_buffers, check_protocols, check_unsampled, check_without_collector, check_slow_collector, check_keeper, check_metrics, check_tenants,
          check_sinks, check_canaries, check_ends)


def main():
    with tempfile.TemporaryDirectory() as folder:
        suite = events.Suite(folder)
        events.prepare(suite)
        collector = Collector(folder)
        stack = Stack(suite, collector)
        try:
            for check in CHECKS:
                suite.run(lambda s, check=check: check(s, stack))
        finally:
            for process in suite.relays + [stack.sidecar.process]:
                process.kill()
            collector.stop()
            if suite.failed:
                shutil.copytree(folder, "build/test/telemetry", dirs_exist_ok=True)
        if not collector.program:
            suite.skip("a real collector takes the spans", os.environ.get("OTELCOL_ABSENT", "OTELCOL names no program"))
    print(f"{suite.passed} passed, {suite.failed} failed, {suite.skipped} skipped")
    return 1 if suite.failed or not suite.passed else 0


if __name__ == "__main__":
    sys.exit(main())
