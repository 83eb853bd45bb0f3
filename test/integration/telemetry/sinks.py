"""Deliveries to a sink for all tenants: each is a span in the event's trace, and whoever takes the event is told which.

SPDX-License-Identifier: PostgreSQL
"""
import re
import shutil

from broker import TOOLS, Broker
from jetstream import Server

PARENT = re.compile(r"(?:^|,)traceparent=(00-[0-9a-f]{32}-[0-9a-f]{16}-01)")
OWN = re.compile(r"(?:^|,)ce_traceparent=(00-[0-9a-f]{32}-[0-9a-f]{16}-01)")


def deliveries(stack, trace, attribute, value):
    return [s for s in stack.collector.spans(trace) if s["name"] == "event delivery" and s["attributes"].get(attribute) == value
            and "portarium.subscription" not in s["attributes"]]


def judge(suite, stack, trace, parents, spans):
    """parents: what went along with each of the run's events; spans: those of deliveries that went well."""
    run = [s["spanId"] for s in stack.collector.spans(trace) if s["name"] == "run asks"]
    suite.equal("each event of the run has one span", (len(parents), len(spans)), (3, 3))
    suite.equal("which went along", sorted(parents), sorted(f"00-{trace}-{s['spanId']}-01" for s in spans))
    suite.equal("below the run", {s["parentSpanId"] for s in spans}, set(run))
    suite.equal("for an event each", len({s["attributes"]["cloudevents.event_id"] for s in spans}), 3)


def check_http(suite, stack, run):
    trace, path = "b" * 32, "/ok/sink"
    relay = suite.relay(RELAY_WEBHOOKS="off", RELAY_NAME="traced-http", RELAY_SINK=suite.subscriber.url(path), **stack.collector.settings())
    run(trace)
    taken = lambda: deliveries(stack, trace, "http.response.status_code", "204")
    suite.eventually("each request to a sink is told", 60, lambda: len(taken()) == 3 and named_run(stack, trace), taken)
    headers = [h for _, _, h, *_ in suite.subscriber.of(path) if h.get("traceparent", "")[3:35] == trace]
    judge(suite, stack, trace, [h["traceparent"] for h in headers], taken())
    suite.equal("with what the client carries along", {h["tracestate"] for h in headers}, {"vendor=one,ot=th:8"})
    suite.check("an event without a trace goes without one", any("traceparent" not in h for _, _, h, *_ in suite.subscriber.of(path)))
    suite.equal("its relay ends well", suite.stop(relay), 0)


def named_run(stack, trace):
    return [s for s in stack.collector.spans(trace) if s["name"] == "run asks"]


def kafka_headers(broker, trace):
    return [headers for _, headers, _ in broker.messages("traced") if f"traceparent=00-{trace}" in headers]


def check_kafka(suite, stack, run):
    if not (TOOLS / "complete").exists() or not shutil.which("kcat"):
        suite.skip("deliveries to Kafka are spans", "kafka.sh could not bring a broker, or kcat is not installed")
        return
    broker = Broker(suite)
    relay = suite.relay(RELAY_WEBHOOKS="off", RELAY_NAME="traced-kafka", RELAY_SINK=f"kafka:{broker.address()}/traced", RELAY_TIMEOUT_MS="5000",
                        **stack.collector.settings())
    trace = "c" * 32
    run(trace)
    spans = lambda of: deliveries(stack, of, "messaging.system", "kafka")
    taken = lambda of: [s for s in spans(of) if not s.get("status", {}).get("code")]
    suite.eventually("each message to Kafka is told", 60, lambda: len(taken(trace)) == 3 and named_run(stack, trace), lambda: spans(trace))
    headers = kafka_headers(broker, trace)
    judge(suite, stack, trace, [PARENT.search(h)[1] for h in headers], taken(trace))
    suite.equal("the event's own context is an attribute", {OWN.search(h)[1] for h in headers}, {f"00-{trace}-{named_run(stack, trace)[0]['spanId']}-01"})
    suite.check("what the client carries along is a header", all(h.count("tracestate=vendor=one,ot=th:8") == 2 for h in headers), headers)
    suite.equal("the topic is named", {s["attributes"]["messaging.destination.name"] for s in taken(trace)}, {"traced"})
    broker.kill()
    trace = "d" * 32
    run(trace)
    suite.eventually("a delivery that nobody acknowledges is told, too", 60, lambda: len(spans(trace)) > len(taken(trace)), lambda: spans(trace))
    suite.check("by the name of what went wrong", all(s["status"]["message"].startswith("_") for s in spans(trace) if s not in taken(trace)), spans(trace))
    broker.start()
    suite.eventually("and again when it is taken", 90, lambda: len({s["attributes"]["cloudevents.event_id"] for s in taken(trace)}) == 3, lambda: spans(trace))
    suite.equal("its relay ends well", suite.stop(relay), 0)
    broker.kill()


def check_nats(suite, stack, run):
    if not shutil.which("nats-server"):
        suite.skip("deliveries to NATS are spans", "nats-server is not installed")
        return
    server = Server(suite)
    client = server.client()
    relay = suite.relay(RELAY_WEBHOOKS="off", RELAY_NAME="traced-nats", RELAY_SINK=f"nats:{server.address()}/traced", RELAY_TIMEOUT_MS="5000",
                        **stack.collector.settings())
    trace = "f" * 32
    run(trace)
    spans = lambda: deliveries(stack, trace, "messaging.system", "nats")
    taken = lambda: [s for s in spans() if not s.get("status", {}).get("code")]
    failed = lambda: [s for s in stack.collector.spans() if s["attributes"].get("messaging.system") == "nats" and s.get("status", {}).get("code")]
    suite.eventually("a delivery that no stream takes is told", 60, failed)
    client.make_stream("traced", "traced.*")
    suite.eventually("and each that one takes", 90, lambda: len(taken()) == 3 and named_run(stack, trace), spans)
    headers = [h for _, h, event in client.messages("traced") if event.get("traceparent", "")[3:35] == trace]
    judge(suite, stack, trace, [h["traceparent"] for h in headers], taken())
    suite.equal("the event's own context is an attribute", {h["ce-traceparent"] for h in headers}, {f"00-{trace}-{named_run(stack, trace)[0]['spanId']}-01"})
    suite.equal("what the client carries along is a header", {(h["tracestate"], h["ce-tracestate"]) for h in headers}, {("vendor=one,ot=th:8",) * 2})
    suite.equal("its relay ends well", suite.stop(relay), 0)
    client.close()
    server.kill()


def check_sinks(suite, stack, run):
    check_http(suite, stack, run)
    check_kafka(suite, stack, run)
    check_nats(suite, stack, run)
