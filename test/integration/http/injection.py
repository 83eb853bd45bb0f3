"""SQL injection, tried in every place of a request that could reach a statement.

Each attempt must be refused or be harmless data; afterwards the database is as it was.

SPDX-License-Identifier: PostgreSQL
"""
from urllib.parse import quote

from client import drain, psql, statuses, token

PAYLOADS = (
    "'", "''", "\"", "\"\"", "';drop table portarium.noted;--", "\";drop table portarium.noted;--", "1;select 1", "1) or (1=1",
    "1 union select 1", "$1", "$$", "\\", "\\'", "/*", "--", "E'\\047'", "a\"=>1,\"b", "id\" from portarium.noted--", "::text",
    "pg_sleep(10)", "\u02bc or 1=1", "current_user", "a.b", "%", "x,(select 1)", "portarium\".\"noted",
)


def state():
    return psql("select count(*), (select count(*) from pg_catalog.pg_class), (select count(*) from pg_catalog.pg_proc) from portarium.noted")


def attempts(sidecar):
    """Where, what and the answer, for each payload in each place."""
    for payload in PAYLOADS:
        text = quote(payload, safe="")
        yield "function name", payload, sidecar.rpc(text, {})
        yield "argument name", payload, sidecar.rpc("add", {"a": 1, payload: 1})
        yield "argument name in the query", payload, sidecar.get(f"/rpc/add?a=1&{text}=1")
        yield "argument value", payload, sidecar.rpc("add", {"a": payload})
        yield "argument value in the query", payload, sidecar.get(f"/rpc/add?a={text}")
        yield "view", payload, sidecar.get(f"/{text}")
        yield "select", payload, sidecar.get(f"/sample?select={text}")
        yield "alias", payload, sidecar.get(f"/sample?select={text}:id")
        yield "filter column", payload, sidecar.get(f"/sample?{text}=eq.1")
        yield "filter column in a group", payload, sidecar.get(f"/sample?or=({text}.eq.1)")
        yield "operator", payload, sidecar.get(f"/sample?id={text}.1")
        yield "filter value of an integer", payload, sidecar.get(f"/sample?id=eq.{text}")
        yield "is", payload, sidecar.get(f"/sample?flag=is.{text}")
        yield "order", payload, sidecar.get(f"/sample?order={text}")
        yield "order direction", payload, sidecar.get(f"/sample?order=id.{text}")
        yield "limit", payload, sidecar.get(f"/sample?limit={text}")
        yield "offset", payload, sidecar.get(f"/sample?offset={text}")


def check_attempts(suite):
    before = state()
    for place, payload, answer in attempts(suite.sidecar):
        # a word is a fine alias: then it only names a member of the answer
        suite.check(f"{place} {payload}", 400 <= answer.status < 500 or (place == "alias" and payload.isidentifier()),
                    (answer.status, answer.body[:80]))
    suite.equal("nothing has changed", state(), before)


def check_values_are_data(suite):
    """Where a text is wanted, the same payloads are just texts."""
    for payload in PAYLOADS:
        suite.equal(f"echo {payload!r}", suite.sidecar.rpc("echo", {"input": {payload: payload}}).json(), {payload: payload})
        suite.equal(f"array {payload!r}", suite.sidecar.rpc("tags", {"labels": [payload]}).json()["labels"], [payload])
        listed = quote('"' + payload.replace("\\", "\\\\").replace('"', '\\"') + '"', safe="")
        suite.equal(f"filter {payload!r}", suite.sidecar.get(f"/sample?name=eq.{quote(payload, safe='')}").json(), [])
        suite.equal(f"list {payload!r}", suite.sidecar.get(f"/sample?name=in.({listed})").json(), [])


def check_headers(suite):
    before = state()
    for payload in PAYLOADS:
        value = payload.encode("ascii", "ignore").decode()
        answer = suite.sidecar.get("/rpc/actor", headers={"traceparent": value, "Prefer": value, "Idempotency-Key-X": value})
        suite.equal(f"headers with {value!r}", (answer.status, answer.body), (200, b'"ana"'))
        key = suite.sidecar.rpc("start_run", {"workflow": "walled"}, headers={"Idempotency-Key": value})
        suite.check(f"key {value!r} is a key", key.status == 200 or value == "", key.body)
        actor = suite.sidecar.get("/rpc/actor", bearer=token(sub=payload))
        suite.equal(f"actor {payload!r}", actor.json(), payload)
    suite.equal("nothing has changed", state(), before)


def check_context_is_not_an_argument(suite):
    """The context travels in its own statement: a call cannot bring one along."""
    answer = suite.sidecar.rpc("set_config", {"name": "portarium.ctx", "value": "x"})
    suite.equal("set_config is no part of the API", answer.status, 404)


def check_raw_target(suite):
    """Bytes that no client library sends."""
    with suite.sidecar.connect() as connection:
        connection.sendall(b"GET /sample?id=eq.1';-- HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token().encode() + b"\r\n\r\n")
        suite.equal("quotes as they are", statuses(drain(connection, 0.5)), [422])
