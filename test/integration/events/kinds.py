"""Every type of event, once with all that its data may hold and once with what it must hold, in the three modes.

The entries are written as the engine writes them (portarium_int.append); the data is made up from the types' schemas.

SPDX-License-Identifier: PostgreSQL
"""
import json
import uuid

from forms import write_secret
from judges import judge_by_schemas, judge_by_sdks


def sample(shape):
    """A value that the shape allows."""
    if "enum" in shape:
        return shape["enum"][0]
    if shape["type"] == "string":
        return {"uuid": str(uuid.uuid4())}.get(shape.get("format")) or ("a" * (43 if "{43}" in shape.get("pattern", "") else 64))
    if shape.get("additionalProperties") == {"type": "string"}:
        return {"run": "1 row"}
    return {"integer": 1, "boolean": True, "array": ["größer"]}.get(shape["type"] if isinstance(shape["type"], str) else "", {"1": 100})


def bodies(schema):
    properties = schema.get("properties", {})
    whole = {name: sample(shape) for name, shape in properties.items()}
    return whole, {name: whole[name] for name in schema.get("required", ())}


def write_entries(suite, tenant):
    types = json.loads(suite.sql("select jsonb_agg(t) from portarium.event_types() t"))
    statements = ["begin", "set local search_path = portarium_data, pg_temp"]
    for row in types:
        kind = row["type"].removeprefix("portarium.").replace("*", "sample")
        for body in bodies(row["schema"]):
            statements.append(f"""select length(portarium_int.append('{tenant}', portarium_int.uuid7(), 1, '{kind}', 'ann',
                portarium.canonical_entry('{json.dumps(body)}'), portarium_int.salt()))""")
    suite.sql("; ".join(statements + ["commit"]))
    return sorted(row["type"].replace("*", "sample") for row in types)


def check_every_type(suite):
    tenant = suite.sql("select portarium.tenant_id()")
    secret, start = write_secret(suite, tenant), suite.sealed()
    types = write_entries(suite, tenant)
    for mode in ("structured", "binary", "batch"):
        suite.subscribe(f"kinds-{mode}", f"/ok/kinds/{mode}", mode=f"'{mode}'", credential="'key'", after=f"'1-{start - 1}'")
    total = suite.sealed()
    relay = suite.relay()
    for mode in ("structured", "binary", "batch"):
        suite.eventually(f"{mode}: the cursor passes all of them", 15, lambda mode=mode: int(suite.sql(
            f"select split_part(position, '-', 2) from portarium.subscriptions where name = 'kinds-{mode}'")) >= total - 1)
    suite.equal("the relay stops", suite.stop(relay), 0)
    events = suite.subscriber.events("/ok/kinds/structured")
    suite.equal("every type comes", sorted({e["type"] for e in events}), types)
    judge_by_schemas(suite, events)
    judge_by_sdks(suite, secret, "/ok/kinds")
    suite.sql("select portarium.unsubscribe(name) from portarium.subscriptions where name like 'kinds-%'")
