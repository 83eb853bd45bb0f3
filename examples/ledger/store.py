# SPDX-License-Identifier: PostgreSQL
"""Effects in an SQLite file, each stored once under its idempotency key.

One connection, one lock around every use of it.  An effect is on disk (WAL,
synchronous FULL) before put() returns, so an answered effect survives a kill.
"""

import hashlib
import json
import sqlite3
import threading
from datetime import datetime, timezone

SCHEMA = """
create table if not exists effect (
    id integer primary key,
    key text not null unique,
    kind text not null,
    reference text not null,
    request text not null,
    request_hash text not null,
    answer text not null,
    stored_at text not null,
    replays integer not null default 0
);
create index if not exists effect_by_reference on effect (kind, reference);
"""
COLUMNS = "key, kind, reference, request, answer, stored_at, replays"
FILTERS = ("key", "kind", "reference")
STORED = 201


class Conflict(Exception):
    """The key was used before with another request."""


class Store:
    """The ledger's book."""

    def __init__(self, path: str):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = full")
        self.db.executescript(SCHEMA)

    def put(self, kind, key: str, request: dict) -> tuple[int, dict, bool]:
        """Stores an effect, or finds it stored: (status, answer, was it a repeat)."""
        text = json.dumps(request, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(f"{kind.name}\n{text}".encode()).hexdigest()
        with self.lock:
            row = self.db.execute(
                "select request_hash, answer from effect where key = ?", (key,)
            ).fetchone()
            if row is None:
                return STORED, self.insert(kind, key, request, text, digest), False
            if row[0] != digest:
                raise Conflict(f'the key "{key}" belongs to another request')
            self.db.execute("update effect set replays = replays + 1 where key = ?", (key,))
            return STORED, json.loads(row[1]), True

    def insert(self, kind, key: str, request: dict, text: str, digest: str) -> dict:
        """One row in one transaction; the lock is held, so max(id) + 1 is free."""
        number = self.db.execute("select coalesce(max(id), 0) + 1 from effect").fetchone()[0]
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        reference = str(request[kind.reference])
        answer = {
            kind.answer: f"{kind.prefix}-{number:06d}",
            kind.reference: reference,
            "posted_at": now,
        }
        self.db.execute(
            "insert into effect (id, key, kind, reference, request, request_hash, answer, stored_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, key, kind.name, reference, text, digest, json.dumps(answer), now),
        )
        return answer

    def find(self, wanted: dict) -> list[dict]:
        """Effects whose key, kind and reference are as wanted, in the order they were stored."""
        names = [name for name in FILTERS if name in wanted]
        where = " and ".join(f"{name} = ?" for name in names) or "true"
        with self.lock:
            rows = self.db.execute(
                f"select {COLUMNS} from effect where {where} order by id",
                [wanted[name] for name in names],
            ).fetchall()
        return [effect(row) for row in rows]

    def count(self) -> dict:
        """How many effects there are, of each kind, and how many repeats were turned away."""
        with self.lock:
            rows = self.db.execute(
                "select kind, count(*), sum(replays) from effect group by kind order by kind"
            ).fetchall()
        return {
            "effects": sum(row[1] for row in rows),
            "kinds": {row[0]: row[1] for row in rows},
            "replays": sum(row[2] for row in rows),
        }

    def totals(self, date: str) -> dict:
        """Number and sum of the orders with this order date."""
        orders, total = 0, 0
        for order in self.find({"kind": "order"}):
            if order["request"]["order_date"] == date:
                orders += 1
                total += order["request"]["total_cents"]
        return {"business_date": date, "orders": orders, "total_cents": total}


def effect(row: tuple) -> dict:
    """A row as the JSON object that callers see."""
    key, kind, reference, request, answer, stored_at, replays = row
    return {
        "key": key,
        "kind": kind,
        "reference": reference,
        "request": json.loads(request),
        "answer": json.loads(answer),
        "stored_at": stored_at,
        "replays": replays,
    }
