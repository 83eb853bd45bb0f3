"""What is sent: the three modes of the HTTP binding, signatures, schemas, and what the SDKs read in it.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import hashlib
import hmac
import json
import os
import secrets

from judges import judge_by_schemas, judge_by_sdks

TRACE = "0af7651916cd43dd8448eb211c80319c"


def write_secret(suite, tenant, *older):
    """A new key in the file; the older ones stay behind it."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    path = f"{suite.folder}/credentials/{tenant}/key"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("\n".join((secret, *older)) + "\n")
    return secret


def run_to_its_end(suite):
    """A traced run with a person's decision and an action."""
    suite.sql(f"begin; set local portarium.traceparent = '00-{TRACE}-b7ad6b7169203331-01'; "
              "select portarium.start_run('asks', '{}'); commit")
    approval = suite.sql("select approval_id from portarium.approvals where status = 'PENDING'")
    suite.sql(f"select portarium.bind_login(session_user, '{TENANT}', 'bob', '{{approver}}')")
    suite.sql(f"select portarium.decide('{approval}', 'approve')")
    suite.sql(f"select portarium.bind_login(session_user, '{TENANT}', 'ann', '{{admin,requester,operator,approver}}')")
    suite.sql("""do $$ declare e record; j record; begin
        select * into e from portarium.register_executor('e', '{web}');
        select * into j from portarium.exchange(e.executor_id, e.epoch, '[]', 1);
        perform portarium.complete(e.executor_id, e.epoch, j.run_id, j.token, '{"done": true}');
    end $$""")


def signed(secret, headers, body):
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret[6:]), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode() in headers["webhook-signature"].split(" ")


def check_forms(suite):
    global TENANT
    TENANT = suite.sql("select portarium.tenant_id()")
    secret = write_secret(suite, TENANT)
    run_to_its_end(suite)
    suite.write_events(3)
    for mode in ("structured", "binary", "batch"):
        suite.subscribe(mode, f"/ok/{mode}", mode=f"'{mode}'", credential="'key'", after="'start'")
    total = suite.sealed()
    relay = suite.relay()
    suite.eventually("structured: every event", 15, lambda: len(suite.subscriber.of("/ok/structured")) >= total)
    suite.eventually("binary: every event", 15, lambda: len(suite.subscriber.of("/ok/binary")) >= total)
    suite.eventually("batch: every event", 15, lambda: len(suite.subscriber.indexes("/ok/batch")) >= total)
    suite.equal("structured: in order, each once", suite.subscriber.indexes("/ok/structured"), list(range(total)))
    suite.equal("batch: in order, each once", suite.subscriber.indexes("/ok/batch"), list(range(total)))
    suite.equal("binary: in order", [int(h["ce-sequence"]) for _, _, h, _ in suite.subscriber.of("/ok/binary")], list(range(total)))
    suite.equal("SIGTERM ends the relay", suite.stop(relay), 0)
    judge_forms(suite, secret)
    judge_by_schemas(suite, suite.subscriber.events("/ok/structured"))
    judge_by_sdks(suite, secret, "/ok")


def judge_forms(suite, secret):
    types = {"/ok/structured": "application/cloudevents+json", "/ok/batch": "application/cloudevents-batch+json", "/ok/binary": "application/json"}
    for path, wanted in types.items():
        requests = suite.subscriber.of(path)
        suite.check(f"{path} is {wanted}", all(h["Content-Type"].startswith(wanted) for _, _, h, _ in requests))
        suite.check(f"{path} is signed", all(signed(secret, h, b) for _, _, h, b in requests))
    for (_, _, headers, body), event in zip(suite.subscriber.of("/ok/binary"), suite.subscriber.events("/ok/structured")):
        found = {k[3:]: v for k, v in headers.items() if k.startswith("ce-")}
        wanted = {k: v for k, v in event.items() if k not in ("data", "datacontenttype")}
        suite.check(f"binary: {event['type']} as in structured mode", found == wanted and json.loads(body) == event["data"], (found, wanted))
    suite.equal("the handshake names the relay", {h["WebHook-Request-Origin"] for _, h in suite.subscriber.handshakes}, {"relay.example"})
    traced = [e for e in suite.subscriber.events("/ok/structured") if "runid" in e]
    suite.check("every event of the run is in its trace", traced and all(e["traceparent"][3:35] == TRACE for e in traced))
    suite.equal("the run's kinds", [e["type"] for e in traced],
                ["portarium.run.started", "portarium.approval.decided", "portarium.run.succeeded"])


def check_key_change(suite):
    """A subscriber that has the old key and one that has the new one can both verify, and no relay is started anew."""
    tenant = suite.sql("select portarium.tenant_id()")
    old = write_secret(suite, tenant)
    suite.subscribe("keys", "/ok/keys", credential="'key'", filters="""'[{"exact": {"type": "portarium.app.note"}}]'""")
    relay = suite.relay()
    suite.write_events(1)
    suite.eventually("an event comes", 10, lambda: len(suite.subscriber.of("/ok/keys")) == 1)
    new = write_secret(suite, tenant, old)
    suite.write_events(1)
    suite.eventually("and another one", 10, lambda: len(suite.subscriber.of("/ok/keys")) == 2)
    suite.equal("the relay stops", suite.stop(relay), 0)
    found = [(signed(old, headers, body), signed(new, headers, body)) for _, _, headers, body in suite.subscriber.of("/ok/keys")]
    suite.equal("signed by the old key, then by both", found, [(True, False), (True, True)])
    suite.sql("select portarium.unsubscribe('keys')")
