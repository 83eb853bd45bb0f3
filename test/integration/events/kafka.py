"""The sink for Kafka, with a real broker: kills of the relay and of the broker lose nothing, and each subject keeps its order.

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import shutil
import signal
import subprocess

from broker import TOOLS, Broker
from load import Load

EVENTS = 4500
BATCH = 200
TOPIC = "portarium-events"


def start_relay(suite, broker):
    return suite.relay(RELAY_WEBHOOKS="off", RELAY_NAME="kafka", RELAY_SINK=f"kafka:{broker.address()}/{TOPIC}", RELAY_BATCH=str(BATCH),
                       RELAY_TIMEOUT_MS="5000")


def delivered(suite):
    return int(suite.sql("select coalesce(max(next_idx), 0) from portarium_data.relay_cursor where sink = 'kafka' and tenant_id = portarium.tenant_id()"))


def check_kafka(suite):
    if not (TOOLS / "complete").exists() or not shutil.which("kcat"):
        suite.skip("a Kafka broker takes all events", "kafka.sh could not bring one, or kcat is not installed")
        return
    broker = Broker(suite)
    relay, load = start_relay(suite, broker), Load(suite, EVENTS)
    suite.eventually("events are delivered", 30, lambda: delivered(suite) > EVENTS // 4)
    relay.send_signal(signal.SIGKILL)
    relay.wait()
    relay = start_relay(suite, broker)
    suite.eventually("and go on after a kill of the relay", 30, lambda: delivered(suite) > EVENTS // 2)
    broker.kill()
    broker.start()
    load.finish()
    total = suite.sealed()
    suite.eventually("and after one of the broker, to the last", 60, lambda: delivered(suite) == total, lambda: f"{delivered(suite)} of {total}")
    judge(suite, broker.messages(TOPIC), total)
    suite.equal("the relay stops", suite.stop(relay), 0)
    broker.kill()


def expected(event):
    """A relay without a collector hands on the trace that the event is in."""
    parent = event.get("traceparent")
    return "content-type=application/cloudevents+json; charset=utf-8" + (f",ce_traceparent={parent},traceparent={parent}" if parent else "")


def judge(suite, messages, total):
    tenant = suite.sql("select portarium.tenant_id()")
    events = [(key, headers, json.loads(value)) for key, headers, value in messages]
    events = [event for event in events if event[2]["tenantid"] == tenant]
    indexes = [int(event["sequence"]) for _, _, event in events]
    suite.equal("every index is there", sorted(set(indexes)), list(range(total)))
    suite.check("few come twice", len(indexes) - total <= 4 * BATCH, len(indexes) - total)
    suite.check("the key is the subject", all(key == event["subject"] for key, _, event in events))
    suite.equal("the headers say what it is, and its trace", [headers for _, headers, event in events if headers != expected(event)][:3], [])
    seen, last, wrong = set(), {}, []
    for index, (key, _, _) in zip(indexes, events):
        if index not in seen and index < last.get(key, -1):
            wrong.append((key, index))
        seen.add(index)
        last[key] = max(index, last.get(key, -1))
    suite.equal("each subject keeps its order", wrong[:5], [])


def check_kafka_settings(suite):
    """A setting that librdkafka does not take is named, its value is not."""
    path = f"{suite.folder}/kafka.secret"
    for text, named in (("no.such.setting=open-sesame\n", "no.such.setting"), ("sasl.password\n", "is not NAME=VALUE"), ("acks=open-sesame\n", "acks")):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        relay = suite.relay(RELAY_WEBHOOKS="off", RELAY_SINK="kafka:127.0.0.1:1/x", RELAY_KAFKA_FILE=path)
        suite.check(f"{text.split('=')[0].strip()} is refused", relay.wait(10) != 0)
        with open(f"{suite.folder}/relay.log") as log:
            lines = log.read()
        suite.check("its name is told, its value is not", named in lines and "open-sesame" not in lines, lines[-400:])
    for sink in ("kafka:", "kafka:host", "kafka:/topic", "kafka:host/", f"kafka:host/{'x' * 250}"):
        done = subprocess.run([suite.program, "--check-config"], env={**os.environ, "RELAY_SINK": sink}, capture_output=True, text=True)
        suite.check(f"{sink[:20]} is no sink", done.returncode == 2 and "RELAY_SINK" in done.stdout + done.stderr, done.stderr[-300:])
