# SPDX-License-Identifier: PostgreSQL
"""Nightly reconciliation: one day on which the ledger and the statement agree, and one on which they do not."""

import json

import paper
from api import Api
from demo_access import ended
from stack import EXAMPLES
from workflows import poll, register, start

FOLDER = EXAMPLES / "nightly-reconciliation"
DAYS = ("2026-03-31.json", "2026-04-01.json")
PATIENCE_SECONDS = 30


def show_reconciliation(demo: Api) -> list[dict]:
    paper.heading("3  Nightly reconciliation: wait for late postings, compare, record the match or fail")
    workflow = register(demo, FOLDER / "workflow.asl.json")
    started = [compare(demo, workflow, name) for name in DAYS]
    runs = [poll(lambda: ended(demo, run_id), PATIENCE_SECONDS, "the reconciliation did not end") for run_id in started]
    paper.table(["business date", "statement", "state", "error or record"], [row(run) for run in runs])
    return runs


def compare(demo: Api, workflow: str, name: str) -> str:
    text = (FOLDER / name).read_text()
    return start(demo, workflow, text, key=json.loads(text)["statement"]["number"])


def row(run: dict) -> list:
    statement = run["input"]["statement"]
    return [run["input"]["business_date"], f"{statement['orders']} orders, {paper.euros(statement['total_cents'])}", run["state"],
            run["error"] or run["output"]["reconciliation"]["reconciliation_id"]]
