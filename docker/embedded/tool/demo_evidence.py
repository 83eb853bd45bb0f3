# SPDX-License-Identifier: PostgreSQL
"""The evidence: the entries of one run, the signed checkpoint over all of them, the offline verifier's verdict."""

import os
import tempfile

import paper
from api import Api
from demo_orders import SHOWN
from stack import launcher

HASH_SHOWN = 24


def check_evidence(demo: Api, runs: list[dict]) -> bool:
    paper.heading("5  The evidence: sealed, signed, verified without the database")
    directory = tempfile.mkdtemp()
    bundle = os.path.join(directory, "evidence.jsonl")
    try:
        exported = launcher("export", bundle).returncode == 0
        entries(demo, next(run["run_id"] for run in runs if run["input"].get("order_id") == SHOWN))
        checkpoint(demo)
        return exported and verdict(bundle)
    finally:
        if os.path.exists(bundle):
            os.unlink(bundle)
        os.rmdir(directory)


def entries(demo: Api, run_id: str) -> None:
    rows = demo.view("entries", run_id=f"eq.{run_id}", order="seq.asc")
    paper.line(f"the entries of {SHOWN} in the tenant's log:")
    paper.table(["index", "seq", "kind", "actor", "hash of the entry"], [
        [row["index"], row["seq"], row["kind"], row["actor"], row["entry_hash"][:HASH_SHOWN] + "…"] for row in rows
    ])


def checkpoint(demo: Api) -> None:
    newest = demo.view("checkpoints", order="meta_size.desc", limit="1")[0]
    paper.line()
    paper.line(f"the newest checkpoint, signed at {newest['recorded_at']}, covers {newest['covers']} entries:")
    for text in newest["note"].splitlines():
        paper.line(f"    {text}" if text else "")


def verdict(bundle: str) -> bool:
    paper.line()
    paper.command("./portarium export FILE && ./portarium verify FILE")
    done = launcher("verify", bundle)
    for text in done.stdout.splitlines():
        paper.line(f"    {text}")
    return done.returncode == 0
