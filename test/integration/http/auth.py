"""Who is asking: bearer tokens, and what the context that is minted from them lets through.

SPDX-License-Identifier: PostgreSQL
"""
import time

from client import OTHER_TENANT, TENANT, psql, token, wait_for

NONE = {"alg": "none"}
OTHER_SECRET = "another secret, also of thirty-two bytes or more"


def refused(suite, name, bearer, code, **options):
    answer = suite.sidecar.get("/rpc/actor", bearer=bearer, **options)
    suite.equal(f"401: {name}", (answer.status, answer.code()), (401, code))
    suite.check(f"401: {name}: WWW-Authenticate", answer.headers.get("www-authenticate", "").startswith("Bearer"),
                answer.headers)


def check_tokens(suite):
    good = token()
    suite.equal("a good token", suite.sidecar.get("/rpc/actor", bearer=good).json(), "ana")
    suite.equal("the same again, from the cache", suite.sidecar.get("/rpc/actor", bearer=good).json(), "ana")
    refused(suite, "no token", "", "UP201")
    refused(suite, "another scheme", "", "UP201", headers={"Authorization": "Basic YTpi"})
    refused(suite, "no JWT", "abc", "UP202")
    refused(suite, "alg none, unsigned", token(header=NONE).rpartition(".")[0] + ".", "UP202")
    refused(suite, "alg none, signed", token(header=NONE), "UP202")
    refused(suite, "alg HS512", token(header={"alg": "HS512"}), "UP202")
    refused(suite, "crit", token(header={"alg": "HS256", "crit": ["x"]}), "UP202")
    refused(suite, "wrong key", token(secret=OTHER_SECRET), "UP202")
    refused(suite, "wrong audience", token(aud="other"), "UP202")
    refused(suite, "no audience", token(aud=None), "UP202")
    refused(suite, "wrong issuer", token(iss="other"), "UP202")
    refused(suite, "expired", token(exp=int(time.time()) - 1), "UP203")
    refused(suite, "no exp", token(exp=None), "UP202")
    refused(suite, "not yet valid", token(nbf=int(time.time()) + 60), "UP202")
    refused(suite, "no tenant", token(tenant=None), "UP202")
    refused(suite, "tenant is no uuid", token(tenant="x' or '1"), "UP202")
    refused(suite, "a role with a comma", token(roles=["a,admin"]), "UP202")
    refused(suite, "9 KB", "a" * 9000, "UP202")


def check_expiry_in_the_cache(suite):
    brief = token(exp=int(time.time()) + 2)
    suite.equal("a token about to expire", suite.sidecar.get("/rpc/actor", bearer=brief).status, 200)
    suite.check("and then it has", wait_for(lambda: suite.sidecar.get("/rpc/actor", bearer=brief).status == 401, 5))


def check_identity(suite):
    suite.equal("tenant", suite.sidecar.get("/rpc/tenant_id").json(), TENANT)
    suite.equal("actor in UTF-8", suite.sidecar.get("/rpc/actor", bearer=token(sub="Jos\u00e9 \u6771")).json(), "Jos\u00e9 \u6771")
    suite.equal("roles", suite.sidecar.get("/rpc/roles").json(), ["admin", "operator", "requester"])
    suite.equal("no roles", suite.sidecar.get("/rpc/roles", bearer=token(roles=[])).json(), [])


def check_unknown_tenant(suite):
    answer = suite.sidecar.get("/rpc/actor", bearer=token(tenant="018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4bff"))
    suite.equal("a tenant that does not exist", (answer.status, answer.code()), (404, "UP404"))


def check_walls(suite):
    """What one tenant does, another does not see, on the same database connection."""
    other = token(tenant=OTHER_TENANT)
    document = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    suite.equal("registers", suite.sidecar.rpc("register_workflow", {"name": "walled", "definition": document}).status, 200)
    run = suite.sidecar.rpc("start_run", {"workflow": "walled", "input": {"secret": 1}})
    suite.equal("starts", run.status, 200)
    path = f"/runs?run_id=eq.{run.json()}&select=run_id,state"
    suite.equal("its own tenant sees it", suite.sidecar.get(path).json(), [{"run_id": run.json(), "state": "SUCCEEDED"}])
    suite.equal("another does not", suite.sidecar.get(path, bearer=other).json(), [])
    answer = suite.sidecar.rpc("start_run", {"workflow": "walled"}, bearer=other)
    suite.equal("nor its workflows", (answer.status, answer.code()), (404, "UP402"))
    for _ in range(20):
        suite.equal("mine again", len(suite.sidecar.get(path).json()), 1)
        suite.equal("theirs again", suite.sidecar.get(path, bearer=other).json(), [])


def check_new_route(suite):
    """When a tenant's epoch changes, tokens minted before are minted again, unseen by the client."""
    bearer = token()
    suite.equal("before", suite.sidecar.get("/rpc/actor", bearer=bearer).status, 200)
    psql(f"update portarium_data.tenant set epoch = epoch + 1 where tenant_id = '{TENANT}'")
    suite.equal("a read after the move", suite.sidecar.get("/runs?limit=1", bearer=bearer).status, 200)
    psql(f"update portarium_data.tenant set epoch = epoch + 1 where tenant_id = '{TENANT}'")
    suite.equal("a write after the move", suite.sidecar.rpc("start_run", {"workflow": "walled"}, bearer=bearer).status, 200)


def check_only_the_sidecar_asks_for_routes(suite):
    answer = suite.sidecar.get(f"/rpc/route?tenant_id={OTHER_TENANT}")
    suite.check("route is no part of the API", answer.status in (403, 404), answer.body)
