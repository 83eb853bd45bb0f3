"""What a client gets: calls, pages, problems, and the admin's port.

SPDX-License-Identifier: PostgreSQL
"""
import json

from client import token

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def refused(suite, name, answer, status, code):
    suite.equal(name, (answer.status, answer.code()), (status, code))


def check_index(suite):
    index = suite.sidecar.get("/", bearer="").json()
    suite.check("the index names functions and views", any(f["path"] == "/rpc/start_run" and f["method"] == "POST"
                for f in index["functions"]) and any(v["path"] == "/runs" for v in index["views"]), index)


def check_calls(suite):
    sidecar = suite.sidecar
    suite.equal("POST with arguments", sidecar.rpc("add", {"a": 2, "b": 3}).json(), 5)
    suite.equal("a default", sidecar.rpc("add", {"a": 2}).json(), 3)
    suite.equal("GET of one that reads", sidecar.get("/rpc/add?a=2&b=40").json(), 42)
    suite.equal("HEAD of one that reads", sidecar.call("HEAD", "/rpc/add?a=2").status, 200)
    suite.equal("text for an integer", sidecar.rpc("add", {"a": "2"}).json(), 3)
    value = {"a": [1, "x\"\\\u00e9\u20ac\U0001f600", None, True, {"b": {}}], "empty": ""}
    suite.equal("JSON goes through unchanged", sidecar.rpc("echo", {"input": value}).json(), value)
    suite.equal("JSON null is a value", sidecar.rpc("echo", {"input": None}).body, b"null")
    suite.equal("void is 204", sidecar.call("POST", "/rpc/nothing").status, 204)
    suite.equal("arrays", sidecar.rpc("tags", {"labels": ["a,b", "c\"}", None, "NULL", "\\"], "documents": [{"x": "}"}, None, 1]}).json(),
                {"labels": ["a,b", "c\"}", None, "NULL", "\\"], "documents": [{"x": "}"}, None, 1]})
    suite.equal("charset is taken", sidecar.rpc("add", {"a": 1}, headers={"Content-Type": "Application/JSON; charset=utf-8"}).status, 200)


def check_refused_calls(suite):
    sidecar = suite.sidecar
    refused(suite, "no such function", sidecar.rpc("nope"), 404, "42883")
    refused(suite, "a function of another schema", sidecar.rpc("hidden"), 404, "42883")
    refused(suite, "a function without a grant", sidecar.rpc("unlisted"), 404, "42883")
    refused(suite, "an argument too many", sidecar.rpc("add", {"a": 1, "c": 1}), 404, "42883")
    refused(suite, "an argument missing", sidecar.rpc("add", {}), 404, "42883")
    refused(suite, "an argument twice in the query", sidecar.get("/rpc/add?a=1&a=2"), 400, "UP003")
    refused(suite, "GET of one that writes", sidecar.get("/rpc/nothing"), 405, "HTTP405")
    refused(suite, "PUT", sidecar.call("PUT", "/rpc/add", body={}), 405, "HTTP405")
    refused(suite, "DELETE of a view", sidecar.call("DELETE", "/runs"), 405, "HTTP405")
    refused(suite, "POST to a view", sidecar.call("POST", "/runs", body={}), 405, "HTTP405")
    refused(suite, "a form", sidecar.rpc("add", "a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415, "HTTP415")
    refused(suite, "a coded body", sidecar.rpc("add", "{}", headers={"Content-Encoding": "gzip"}), 415, "HTTP415")
    refused(suite, "a client that wants XML", sidecar.get("/rpc/add?a=1", headers={"Accept": "text/xml"}), 406, "HTTP406")
    refused(suite, "an object for an integer", sidecar.rpc("add", {"a": {}}), 400, "UP007")
    refused(suite, "a text for an array", sidecar.rpc("tags", {"labels": "a"}), 400, "UP007")
    refused(suite, "a value that is no integer", sidecar.rpc("add", {"a": "x"}), 422, "22P02")
    refused(suite, "a list of arguments", sidecar.rpc("add", [1]), 400, "UP007")
    allow = sidecar.get("/rpc/nothing").headers.get("allow")
    suite.equal("405 says what is allowed", allow, "POST")


def check_bodies(suite):
    for name, body, code in (
            ("truncated", '{"a":', "UP001"), ("two values", '{"a":1}{}', "UP001"), ("a comma too many", '{"a":1,}', "UP001"),
            ("NaN", '{"a":NaN}', "UP001"), ("NUL", '{"a":"\\u0000"}', "UP001"), ("half a surrogate", '{"a":"\\ud800"}', "UP001"),
            ("bad UTF-8", b'{"a":"\xff"}', "UP001"), ("a member twice", '{"a":1,"a":2}', "UP003"),
            ("a member twice, deep and escaped", '{"a":{"b":1,"\\u0062":2}}', "UP003"),
            ("65 digits", '{"a":%s}' % ("1" * 65), "UP004"), ("1e131071", '{"a":1e131071}', "UP004"),
            ("65 levels", '{"a":%s}' % ("[" * 65 + "]" * 65), "UP005")):
        refused(suite, f"body: {name}", suite.sidecar.rpc("echo", body), 400, code)
    suite.equal("64 digits", suite.sidecar.rpc("echo", '{"input":%s}' % ("1" * 64)).body, b"1" * 64)


def check_problems(suite):
    for code, status in (("UP001", 400), ("UP103", 409), ("UP206", 403), ("UP301", 409), ("UP401", 404), ("UP501", 429),
                         ("UP901", 500), ("40001", 409), ("40P01", 409), ("57014", 504), ("53300", 503), ("55P03", 409),
                         ("54000", 400), ("22012", 422), ("23514", 422), ("23505", 409), ("42501", 403), ("P0002", 404),
                         ("P0001", 400), ("XX000", 500), ("0A000", 500)):
        refused(suite, f"SQLSTATE {code}", suite.sidecar.rpc("fail", {"code": code}), status, code)
    answer = suite.sidecar.rpc("fail", {"code": "UP103"}, headers={"traceparent": TRACE})
    suite.equal("a problem's members", answer.json(), {
        "type": "urn:portarium:problem:UP103", "title": "Conflict", "status": 409, "detail": "A detail.", "instance": "/rpc/fail",
        "code": "UP103", "message": 'message of "UP103"', "details": "A detail.", "hint": "A hint.",
        "trace_id": "0af7651916cd43dd8448eb211c80319c"})
    inner = suite.sidecar.rpc("fail", {"code": "XX000"}).json()
    suite.equal("an internal error keeps its text inside", (inner["message"], inner["details"], inner["hint"]),
                ("internal error", None, None))
    suite.check("a conflict of serialization can be tried again", "retry-after" in
                suite.sidecar.rpc("fail", {"code": "40001"}).headers)
    refused(suite, "an error of the commit", suite.sidecar.rpc("late_failure"), 409, "23505")
    refused(suite, "a write in a call that reads", suite.sidecar.rpc("sneaky_write"), 405, "25006")
    suite.equal("the connection is as before", suite.sidecar.rpc("add", {"a": 1}).json(), 2)


def check_large_answers(suite):
    suite.equal("16 MiB", len(suite.sidecar.get("/rpc/large?size=16777214").body), 16777216)
    refused(suite, "one byte more", suite.sidecar.get("/rpc/large?size=16777215"), 413, "HTTP413")


def check_trace(suite):
    suite.equal("traceparent reaches the call", suite.sidecar.get("/rpc/trace", headers={"traceparent": TRACE}).json(), TRACE)
    suite.check("and not the next one", suite.sidecar.get("/rpc/trace").json() in ("", None))
    for bad in ("x", TRACE.upper(), TRACE[:-1], "00-" + "0" * 32 + "-b7ad6b7169203331-01", TRACE.replace("-01", "-0'")):
        suite.check(f"traceparent {bad} is as if it were not there",
                    suite.sidecar.get("/rpc/trace", headers={"traceparent": bad}).json() in ("", None))


def check_pages(suite):
    get = suite.sidecar.get
    suite.equal("all", len(get("/sample").json()), 25)
    page = get("/sample?select=id,label:name&order=id.desc&limit=2&offset=3", headers={"Prefer": "handling=lenient, count=exact"})
    suite.equal("a page", page.json(), [{"id": 22, "label": "name 22"}, {"id": 21, "label": "name 21"}])
    suite.equal("Content-Range", page.headers["content-range"], "3-4/25")
    suite.equal("without a count", get("/sample?limit=1").headers["content-range"], "0-0/*")
    suite.equal("an empty page", (get("/sample?id=eq.99").body, get("/sample?id=eq.99").headers["content-range"]), (b"[]", "*/*"))
    for query, expected in (
            ("id=eq.3", [3]), ("id=gt.23", [24, 25]), ("id=gte.24&id=lt.25", [24]), ("id=lte.2", [1, 2]), ("id=in.(1,3,99)", [1, 3]),
            ("id=in.()", []), ("kind=neq.even&id=lt.4", [1, 3]), ("name=like.name%202*&id=gt.22", [23, 24, 25]),
            ("name=ilike.NAME%201", [1]), ("flag=is.null", [5, 10, 15, 20, 25]), ("flag=is.true&id=lt.5", [2, 4]),
            ("flag=not.is.null&id=lt.3", [1, 2]), ("or=(id.eq.1,and(kind.eq.even,id.gt.23))", [1, 24]),
            ("not.or=(id.gt.2,id.lt.2)", [2]), ("name=in.(%22name%201%22,%22name%202%22)", [1, 2]),
            ("document=is.not_null&id=eq.1", [1]), ("at=gte.2026-01-25T00:00:00Z", [24, 25])):
        answer = get(f"/sample?select=id&order=id&{query}")
        suite.equal(f"filter {query}", [row["id"] for row in answer.json()] if answer.status == 200 else answer.body, expected)
    suite.equal("nulls first", get("/sample?select=flag&order=flag.asc.nullsfirst&limit=1").json(), [{"flag": None}])


def check_refused_pages(suite):
    for query, status, code in (
            ("nope=eq.1", 400, "42703"), ("select=nope", 400, "42703"), ("order=nope", 400, "42703"), ("id=1", 400, "UP007"),
            ("id=match.1", 400, "UP007"), ("document=eq.1", 400, "UP007"), ("id=is.true", 400, "UP007"), ("limit=x", 400, "UP007"),
            ("offset=-1", 400, "UP007"), ("order=id.sideways", 400, "UP007"), ("or=(id.eq.1", 400, "UP007"),
            ("id=eq.x", 422, "22P02"), ("id=eq.99999999999999999999", 422, "22003"), ("at=eq.never", 422, "22007"),
            ("&".join(["id=gt.0"] * 101), 400, "UP005"), ("id=in.(" + "1," * 1000 + "1)", 400, "UP005")):
        refused(suite, f"refused page {query[:40]}", suite.sidecar.get(f"/sample?{query}"), status, code)
    refused(suite, "no such view", suite.sidecar.get("/nope"), 404, "42P01")
    refused(suite, "a table is no view", suite.sidecar.get("/noted"), 404, "42P01")
    refused(suite, "a broken escape", suite.sidecar.get("/%zz"), 400, "UP007")


def check_idempotency_key(suite):
    sidecar = suite.sidecar
    first = sidecar.rpc("start_run", {"workflow": "walled"}, headers={"Idempotency-Key": "k-1"})
    again = sidecar.rpc("start_run", {"workflow": "walled"}, headers={"Idempotency-Key": "k-1"})
    suite.check("the header is the argument", first.status == 200 and first.json() == again.json(), (first.body, again.body))
    refused(suite, "the key with another request",
            sidecar.rpc("start_run", {"workflow": "walled", "input": {"a": 1}}, headers={"Idempotency-Key": "k-1"}), 409, "UP103")
    refused(suite, "a function without that argument", sidecar.rpc("echo", {"input": 1}, headers={"Idempotency-Key": "k-1"}), 400, "UP007")


def check_many_statements(suite):
    """More statements than a connection keeps: the oldest make room, all work."""
    bearer = token()
    columns = ("id", "name", "kind", "document", "at", "flag")
    bad = 0
    for number in range(700):
        chosen = ",".join(f"c{number}:{columns[number % 6]}" if place == 0 else columns[place] for place in range(3))
        answer = suite.sidecar.get(f"/sample?limit=1&select={chosen}", bearer=bearer)
        bad += answer.status != 200 or f"c{number}".encode() not in answer.body
    suite.equal("700 statements of different form", bad, 0)


def check_admin(suite):
    suite.equal("/live", suite.sidecar.admin("/live").json(), {"live": True})
    ready = suite.sidecar.admin("/ready")
    suite.check("/ready", ready.status == 200 and ready.json()["ready"] is True and ready.json()["write"] == 4, ready.body)
    metrics = suite.sidecar.admin("/metrics").body.decode()
    for name in ("connections_accepted_total", "lane_connections_up{lane=\"read\"} 1",
                 "tokens_refused_total", "connections_refused_total", "ready 1"):
        suite.check(f"/metrics has {name}", f"portarium_sidecar_{name}" in metrics, metrics[:200])
    series = 'http_server_request_duration_seconds_count{http_request_method="POST",http_route="/rpc/{function}",http_response_status_code="200"}'
    suite.check("requests by method, route and status", series in metrics, metrics[-600:])
    suite.equal("nothing else there", suite.sidecar.admin("/runs").status, 404)
    suite.check("and none of it on the API's port", suite.sidecar.get("/metrics").status == 404 and
                json.loads(suite.sidecar.get("/live").body)["code"] == "42P01")
