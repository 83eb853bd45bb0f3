# SPDX-License-Identifier: PostgreSQL
"""The ledger against the runs: each success has exactly one effect, everything else has none."""

import paper
from stack import effects, ledger

# The kind of effect that a workflow leaves, and the input's member that the effect is known by.
KINDS = {
    "purchase-orders": ("order", "order_id"),
    "access-grant": ("access-grant", "request_id"),
    "nightly-reconciliation": ("reconciliation", "business_date"),
}


def check_effects(runs: list[dict]) -> bool:
    paper.heading("4  The system of record: each effect once")
    stored = [(row["kind"], row["reference"]) for kind, _ in KINDS.values() for row in effects(kind)]
    rows = []
    for workflow, (kind, reference) in KINDS.items():
        of_kind = [run for run in runs if run["workflow"] == workflow]
        wrong = [run for run in of_kind if stored.count((kind, run["input"][reference])) != expected(run)]
        succeeded = sum(expected(run) for run in of_kind)
        found = sum(stored.count((kind, run["input"][reference])) for run in of_kind)
        rows.append([workflow, len(of_kind), succeeded, found, "exact" if not wrong else f"{len(wrong)} wrong"])
    paper.table(["workflow", "runs", "succeeded", "effects", "each effect once"], rows)
    paper.line(f"repeats of a key that the ledger turned away: {ledger('/effects/count')['replays']}")
    return all(row[-1] == "exact" for row in rows)


def expected(run: dict) -> int:
    return 1 if run["state"] == "SUCCEEDED" else 0
