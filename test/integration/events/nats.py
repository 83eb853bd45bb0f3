"""The sink for NATS, with a real server: kills of the relay and of the server lose and double nothing, and each subject keeps its order.

SPDX-License-Identifier: PostgreSQL
"""
import os
import shutil
import signal
import subprocess
from pathlib import Path

from jetstream import Server
from load import Load
from mtls import make_authority

EVENTS = 4500
BATCH = 500
CURSOR = "select coalesce(max(next_idx), 0) from portarium_data.relay_cursor where sink = '{}' and tenant_id = portarium.tenant_id()"


def start_relay(suite, server, name, **more):
    return suite.relay(**{"RELAY_WEBHOOKS": "off", "RELAY_NAME": name, "RELAY_SINK": f"nats:{server.address()}/{name}", "RELAY_BATCH": str(BATCH),
                          "RELAY_TIMEOUT_MS": "5000", **more})


def delivered(suite, name):
    return int(suite.sql(CURSOR.format(name)))


def is_absent(suite, name):
    if not shutil.which("nats-server"):
        suite.skip(name, "nats-server is not installed")
    return not shutil.which("nats-server")


def check_nats(suite):
    if is_absent(suite, "a NATS server takes all events"):
        return
    server = Server(suite)
    client = server.client()
    client.make_stream("killed", "jet.*")
    start = lambda: start_relay(suite, server, "jet")
    relay, load = start(), Load(suite, EVENTS)
    suite.eventually("events are delivered", 60, lambda: delivered(suite, "jet") > EVENTS // 4)
    relay.send_signal(signal.SIGKILL)
    relay.wait()
    relay = start()
    suite.eventually("and go on after a kill of the relay", 60, lambda: delivered(suite, "jet") > EVENTS // 2)
    client.close()
    server.kill()
    server.start()
    load.finish()
    total = suite.sealed()
    suite.eventually("and after one of the server, to the last", 120, lambda: delivered(suite, "jet") == total, lambda: f"{delivered(suite, 'jet')} of {total}")
    client = server.client()
    judge(suite, list(client.messages("killed")), total)
    suite.equal("the relay stops", suite.stop(relay), 0)
    server.kill()


def expected(event):
    """A relay without a collector hands on the trace that the event is in."""
    trace = {name: event[name] for name in ("traceparent", "tracestate") if name in event}
    return {"content-type": "application/cloudevents+json; charset=utf-8", "Nats-Msg-Id": f"{event['source']}#{event['id']}",
            **trace, **{f"ce-{name}": value for name, value in trace.items()}}


def judge(suite, messages, total):
    tenant = suite.sql("select portarium.tenant_id()")
    suite.equal("each tenant has a subject of its own", [s for s, _, event in messages if s != f"jet.{event['tenantid']}"][:3], [])
    suite.equal("the headers say what it is, its id and its trace", [h for _, h, event in messages if h != expected(event)][:3], [])
    events = [event for _, _, event in messages if event["tenantid"] == tenant]
    indexes = [int(event["sequence"]) for event in events]
    suite.equal("every index is there, once", sorted(indexes), list(range(total)))
    last, wrong = {}, []
    for index, event in zip(indexes, events):
        if index < last.get(event["subject"], -1):
            wrong.append((event["subject"], index))
        last[event["subject"]] = index
    suite.equal("each subject keeps its order", wrong[:5], [])
    suite.check("subjects have more than one event", len(last) < total, len(last))


def told(suite, words):
    return words in Path(f"{suite.folder}/relay.log").read_text()


def check_nats_refuses(suite):
    """A stream that is not there, then one that is full: every event waits, and none is left out."""
    if is_absent(suite, "a stream that refuses is waited for"):
        return
    server = Server(suite)
    client, total = server.client(), suite.sealed()
    relay = start_relay(suite, server, "full")
    suite.eventually("without a stream it says so", 60, lambda: told(suite, "No responders"), lambda: Path(f"{suite.folder}/relay.log").read_text()[-400:])
    client.make_stream("full", "full.*", discard="new", max_msgs=total // 2)
    suite.eventually("a full one, too", 60, lambda: told(suite, "maximum messages exceeded"), lambda: Path(f"{suite.folder}/relay.log").read_text()[-400:])
    suite.check("the cursor stands before what was refused", delivered(suite, "full") <= total // 2)
    client.make_stream("full", "full.*", verb="UPDATE", discard="new", max_msgs=-1)
    suite.eventually("with room all go in", 90, lambda: delivered(suite, "full") >= total, lambda: f"{delivered(suite, 'full')} of {total}")
    tenant = suite.sql("select portarium.tenant_id()")
    indexes = [int(event["sequence"]) for _, _, event in client.messages("full") if event["tenantid"] == tenant]
    suite.equal("once", sorted(indexes), list(range(len(indexes))))
    suite.equal("the relay stops", suite.stop(relay), 0)
    client.close()
    server.kill()


def secret(suite, text):
    path = f"{suite.folder}/nats.secret"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    return path


def check_nats_accounts(suite):
    """Whoever cannot show who it is, or meets somebody else's certificate, delivers nothing."""
    if is_absent(suite, "a NATS server is known, and knows the relay"):
        return
    make_authority(suite.folder)
    os.makedirs(f"{suite.folder}/other")
    make_authority(f"{suite.folder}/other")
    server, total = Server(suite), suite.sealed()
    client = server.client()
    client.make_stream("guarded", "guard.*")
    client.close()
    server.kill()
    tls = ("--tlscert", f"{suite.folder}/server.pem", "--tlskey", f"{suite.folder}/server.key")
    sink = {"RELAY_SINK": f"nats+tls:{server.address()}/guard"}
    trusts = {**sink, "RELAY_CA": f"{suite.folder}/ca.pem"}
    shows = {"RELAY_CLIENT_CERT": f"{suite.folder}/relay.pem", "RELAY_CLIENT_KEY": f"{suite.folder}/relay.key"}
    wrong_name = ("--tls", "--tlscert", f"{suite.folder}/stranger.pem", "--tlskey", f"{suite.folder}/stranger.key")
    tries = (
        ("a user", ("--user", "ann", "--pass", "sesame"), {"RELAY_NATS_FILE": "user=ann\npassword=sesame\n"}, {"RELAY_NATS_FILE": "user=ann\npassword=wrong\n"}),
        ("a token", ("--auth", "sesame"), {"RELAY_NATS_FILE": "token=sesame\n"}, {}),
        ("an authority", ("--tls", *tls), trusts, {**sink, "RELAY_CA": f"{suite.folder}/other/ca.pem"}),
        ("no authority", ("--tls", *tls), trusts, sink),
        ("a certificate", ("--tlsverify", "--tlscacert", f"{suite.folder}/ca.pem", *tls), {**trusts, **shows}, trusts),
        ("another's name", wrong_name, None, trusts),
    )
    for number, (name, flags, right, wrong) in enumerate(tries):
        server.start(*flags)
        for settings in (wrong, right):
            if settings is None:
                continue
            more = {k: secret(suite, v) if k == "RELAY_NATS_FILE" else v for k, v in settings.items()}
            before = Path(f"{suite.folder}/relay.log").read_text().count("could not connect to NATS")
            relay = start_relay(suite, server, "guard", **{**more, "RELAY_NAME": f"guard{number}"})
            if settings is wrong:
                suite.eventually(f"{name}: without the right one nobody comes in", 60,
                                 lambda before=before: Path(f"{suite.folder}/relay.log").read_text().count("could not connect to NATS") > before)
                suite.equal("and nothing is delivered", delivered(suite, f"guard{number}"), 0)
            else:
                suite.eventually(f"{name}: with it all is delivered", 60, lambda number=number: delivered(suite, f"guard{number}") >= total)
            suite.equal("the relay stops", suite.stop(relay), 0)
        server.kill()
    suite.check("no secret is in the log", not told(suite, "sesame"))


def check_nats_settings(suite):
    """What is no setting is named, its value is not."""
    for text, named in (("no.such.setting=open-sesame\n", "no.such.setting"), ("password\n", "is not NAME=VALUE"), ("credentials=/open-sesame\n", "could not read the file")):
        relay = suite.relay(RELAY_WEBHOOKS="off", RELAY_SINK="nats:127.0.0.1:1/x", RELAY_NATS_FILE=secret(suite, text))
        suite.check(f"{text.split('=')[0].strip()} is refused", relay.wait(20) != 0)
        with open(f"{suite.folder}/relay.log") as log:
            lines = log.read()
        suite.check("its name is told, its value is not", named in lines and "open-sesame" not in lines, lines[-400:])
    for sink in ("nats:", "nats:host", "nats:/x", "nats:host/", "nats:host/a..b", "nats:host/.a", "nats:host/a.", "nats:host/*", "nats:host/a b", f"nats:host/{'x' * 250}"):
        done = subprocess.run([suite.program, "--check-config"], env={**os.environ, "RELAY_SINK": sink}, capture_output=True, text=True)
        suite.check(f"{sink[:20]} is no sink", done.returncode == 2 and "RELAY_SINK" in done.stdout + done.stderr, done.stderr[-300:])
