# SPDX-License-Identifier: PostgreSQL
"""Access grants: an agent asks twice; a person answers once, and once nobody does."""

import json

import paper
from api import Api
from stack import EXAMPLES
from workflows import TERMINAL, get_run, poll, register, start

FOLDER = EXAMPLES / "access-grant"
PATIENCE_SECONDS = 30


def show_access(demo: Api) -> list[dict]:
    paper.heading("2  Access grants: an agent asks, a person answers before the deadline or it expires")
    workflow = register(demo, FOLDER / "workflow.asl.json")
    agent = Api("agent:invoice-matcher", "requester")
    asked = [ask(agent, workflow, name) for name in ("request.json", "request-nobody-answers.json")]
    answer(demo, asked[0])
    runs = [poll(lambda: ended(demo, run_id), PATIENCE_SECONDS, "the access request did not end") for run_id in asked]
    paper.table(["request", "resource", "access", "state", "error or grant"], [row(run) for run in runs])
    return runs


def ask(agent: Api, workflow: str, name: str) -> str:
    text = (FOLDER / name).read_text()
    return start(agent, workflow, text, key=json.loads(text)["request_id"])


def answer(demo: Api, run_id: str) -> None:
    """The approver says yes to this run's question, when it is still open."""
    open_or_over = poll(lambda: question(demo, run_id) or ended(demo, run_id), PATIENCE_SECONDS, "the question did not come")
    if "prompt" in open_or_over:
        paper.line(open_or_over["prompt"])
        paper.command(f"./portarium approve {open_or_over['approval_id']}")
        Api("approver", "approver").call("decide", approval_id=open_or_over["approval_id"], decision="approve",
                                         rationale="read only, one month")


def question(demo: Api, run_id: str) -> dict | None:
    rows = demo.view("approvals", run_id=f"eq.{run_id}", status="eq.PENDING")
    return rows[0] if rows else None


def ended(demo: Api, run_id: str) -> dict | None:
    run = get_run(demo, run_id)
    return run if run["state"] in TERMINAL else None


def row(run: dict) -> list:
    wanted = run["input"]
    return [wanted["request_id"], wanted["resource"], wanted["access"], run["state"],
            run["error"] or run["output"]["grant"]["grant_id"]]
