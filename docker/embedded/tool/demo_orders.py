# SPDX-License-Identifier: PostgreSQL
"""Purchase orders: one run for each line of a CSV file, five of them with a person's decision."""

import paper
from api import Api, Problem
from stack import EXAMPLES, effects, ledger, psql_lines
from workflows import TERMINAL, WAITING, poll, register

FOLDER = EXAMPLES / "purchase-orders"
FAILS_TWICE = "PO-2026-1003"
SHOWN = "PO-2026-1007"
DENIED = "PO-2026-1051"
PATIENCE_SECONDS = 60


def show_orders(demo: Api) -> list[dict]:
    paper.heading("1  Purchase orders: every line of orders.csv is a run")
    register(demo, FOLDER / "workflow.asl.json")
    break_ledger_once()
    paper.command("./portarium psql -f examples/purchase-orders/start.sql")
    ids = set(psql_lines("-f", str(FOLDER / "start.sql")))
    settled = poll(lambda: wait_for(demo, ids, (*TERMINAL, WAITING)), PATIENCE_SECONDS, "the orders did not settle")
    decide(demo, [run["run_id"] for run in settled if run["state"] == WAITING])
    runs = poll(lambda: wait_for(demo, ids, TERMINAL), PATIENCE_SECONDS, "the orders did not end")
    ledger("/_faults", method="DELETE")
    summary(runs)
    timeline(demo, runs, FAILS_TWICE, "the ledger answered 503 twice, on purpose")
    timeline(demo, runs, SHOWN, "a large order, decided by a person")
    effect(SHOWN)
    return runs


def break_ledger_once() -> None:
    """The ledger refuses one order twice; nothing is armed when that order is there already."""
    if not effects("order", FAILS_TWICE):
        ledger("/_faults", {"mode": "fail", "times": 2, "status": 503, "kind": "order", "reference": FAILS_TWICE})


def orders(demo: Api, ids: set[str]) -> list[dict]:
    rows = demo.view("runs", workflow="eq.purchase-orders", limit="1000")
    return sorted((row for row in rows if row["run_id"] in ids), key=lambda row: row["input"]["order_id"])


def wait_for(demo: Api, ids: set[str], states: tuple) -> list[dict] | None:
    """The runs when all of them are in these states, else None."""
    runs = orders(demo, ids)
    return runs if len(runs) == len(ids) and all(run["state"] in states for run in runs) else None


def decide(demo: Api, waiting: list[str]) -> None:
    """Shows what waits, that the requester may not decide, and what another person decides."""
    pending = [row for row in demo.view("approvals", status="eq.PENDING") if row["run_id"] in waiting]
    if not pending:
        return
    paper.line(f"{len(pending)} orders of 5,000.00 EUR and more wait for a person:")
    for approval in pending:
        paper.line(f"    {approval['prompt']}")
    refuse_requester(demo, pending[0]["approval_id"])
    approver = Api("approver", "approver")
    for approval in pending:
        verdict = "deny" if DENIED in approval["prompt"] else "approve"
        paper.command(f"./portarium {verdict} {approval['approval_id']}")
        approver.call("decide", approval_id=approval["approval_id"], decision=verdict,
                      rationale="not in this year's plan" if verdict == "deny" else "in this year's plan")


def refuse_requester(demo: Api, approval_id: str) -> None:
    try:
        Api(demo.actor, "approver").call("decide", approval_id=approval_id, decision="approve")
    except Problem as problem:
        paper.line(f"the one who asked tries to decide: {problem}")
        if problem.code == "UP206":
            return
        raise
    raise RuntimeError("the requester could decide")


def summary(runs: list[dict]) -> None:
    counts: dict[tuple, int] = {}
    for run in runs:
        outcome = (run["state"], run["error"] or "")
        counts[outcome] = counts.get(outcome, 0) + 1
    paper.line()
    paper.table(["runs", "state", "error"], [[count, *outcome] for outcome, count in sorted(counts.items(), reverse=True)])


def timeline(demo: Api, runs: list[dict], order_id: str, why: str) -> None:
    run = next(run for run in runs if run["input"]["order_id"] == order_id)
    paper.line()
    paper.line(paper.styled(f"{order_id}, {paper.euros(run['input']['total_cents'])}: {why}", "bold"))
    history = demo.call("run_history", run_id=run["run_id"])
    for row in history:
        paper.entry(row, paper.moment(history[0]["at"]))


def effect(order_id: str) -> None:
    """What the system of record holds for an order."""
    paper.line()
    paper.command(f'curl "$LEDGER/effects?kind=order&reference={order_id}"')
    paper.table(["posting", "order", "total", "stored at", "idempotency key"], [
        [row["answer"]["posting_id"], row["reference"], paper.euros(row["request"]["total_cents"]), row["stored_at"], row["key"]]
        for row in effects("order", order_id)
    ])
