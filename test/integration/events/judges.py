"""Who else reads what was sent: JSON Schema, and the SDKs that sdk.sh brings where the registries are reached.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import json
import subprocess
from pathlib import Path

import jsonschema

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[2] / "build" / "tools" / "events"
SDKS = {
    "python": (["python/bin/python3", str(HERE / "judge.py")], ("/structured", "/binary")),
    "node": (["node", str(HERE / "judge.mjs"), str(TOOLS / "node")], ("/structured", "/binary", "/batch")),
}


def judge_by_schemas(suite, events):
    rows = json.loads(suite.sql("select jsonb_agg(t) from portarium.event_types() t"))
    schemas = {row["schema"]["$id"]: row["schema"] for row in rows}
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    messages = json.loads(suite.sql("select portarium.asyncapi()"))["components"]["messages"]
    for event in events:
        errors = list(jsonschema.Draft202012Validator(schemas[event["dataschema"]]).iter_errors(event["data"]))
        suite.check(f"{event['type']} follows its schema", not errors, errors)
        message = messages.get(event["type"], messages["portarium.app.*"])
        errors = list(jsonschema.Draft202012Validator(message["payload"]).iter_errors(event))
        suite.check(f"{event['type']} follows the AsyncAPI document", not errors, errors)


def judge_by_sdks(suite, secret, prefix):
    """What came below the prefix in each mode, as the SDKs of each language read it."""
    wanted = sorted(e["type"] for e in suite.subscriber.events(f"{prefix}/structured"))
    for name, (command, paths) in SDKS.items():
        if not (TOOLS / name / "complete").exists():
            suite.skip(f"the SDKs of {name} read every event", "sdk.sh could not bring them")
            continue
        requests = [({k.lower(): v for k, v in h.items()}, base64.b64encode(b).decode())
                    for path in paths for _, _, h, b in suite.subscriber.of(prefix + path)]
        given = json.dumps({"secret": secret, "requests": requests, "asyncapi": suite.sql("select portarium.asyncapi()")})
        done = subprocess.run(command, input=given, capture_output=True, text=True, cwd=TOOLS)
        suite.check(f"the SDKs of {name} read and verify every request", done.returncode == 0, done.stderr[-1500:])
        suite.equal(f"the SDKs of {name} find every event in each mode", sorted(done.stdout.split()), sorted(wanted * len(paths)))
