# SPDX-License-Identifier: PostgreSQL
"""The HTTP API as the launcher's programs use it: a bearer token, calls of functions, reads of views.

The launcher says in the environment where things are: PORTARIUM_API, PORTARIUM_JWT_KEY (a file), PORTARIUM_TENANT,
PORTARIUM_LEDGER, PORTARIUM_ROOT.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT_SECONDS = 30
TOKEN_SECONDS = 3600
SERVICE_UNAVAILABLE = 503


class Problem(Exception):
    """The API refused: the HTTP status and the members of its problem document."""

    def __init__(self, status: int, body: dict):
        self.status = status
        self.code = body.get("code", "")
        self.message = body.get("message") or body.get("detail") or body.get("title", "")
        super().__init__(f"{status} {self.code} {self.message}".replace("  ", " "))


class Unreachable(ConnectionError):
    """Nobody answered, or the API said that it cannot at the moment; the same request may succeed later."""


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bearer_token(tenant: str, actor: str, roles: list[str]) -> str:
    """A JWT, HS256, signed with the key that the sidecar checks with."""
    claims = {
        "iss": "portarium-embedded",
        "aud": "portarium",
        "sub": actor,
        "tenant": tenant,
        "roles": roles,
        "exp": int(time.time()) + TOKEN_SECONDS,
    }
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    text = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    with open(os.environ["PORTARIUM_JWT_KEY"], "rb") as file:
        key = file.read().strip()
    return text + "." + base64url(hmac.new(key, text.encode(), hashlib.sha256).digest())


def fetch(url: str, body: str | None = None, headers: dict | None = None, method: str | None = None):
    """One request with JSON both ways; Problem when the answer is an error, Unreachable when there is none."""
    request = urllib.request.Request(
        url,
        data=None if body is None else body.encode(),
        headers={"Accept": "application/json", "Content-Type": "application/json", **(headers or {})},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise refusal(error) from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{url.split('?')[0]}: {error}") from None
    return json.loads(text) if text else None


def refusal(error: urllib.error.HTTPError) -> Exception:
    text = error.read()
    problem = Problem(error.code, json.loads(text) if text.startswith(b"{") else {})
    return Unreachable(str(problem)) if error.code == SERVICE_UNAVAILABLE else problem


class Api:
    """The API as one person or program, who is an actor with roles."""

    def __init__(self, actor: str, *roles: str):
        self.actor = actor
        self.base = os.environ["PORTARIUM_API"]
        self.headers = {"Authorization": "Bearer " + bearer_token(os.environ["PORTARIUM_TENANT"], actor, list(roles))}

    def call(self, function: str, **arguments):
        """Calls a function of the schema with named arguments."""
        return self.call_text(function, json.dumps(arguments))

    def call_text(self, function: str, body: str):
        """The same with the JSON text as it is, so that a caller's numbers and members arrive unchanged."""
        return fetch(f"{self.base}/rpc/{function}", body, self.headers)

    def view(self, name: str, /, **filters: str) -> list[dict]:
        """Rows of a view; filters are the API's own, as run_id="eq.…"."""
        return fetch(f"{self.base}/{name}?{urllib.parse.urlencode(filters)}", headers=self.headers)
