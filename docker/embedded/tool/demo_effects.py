# SPDX-License-Identifier: PostgreSQL
"""The ledger against the runs: each success has exactly one effect, everything else has none.

The key of an effect begins with the id of the run that asked for it, so effects of other runs on the same data do not count.
"""

import paper
from stack import effects, ledger

# The kind of effect that a workflow leaves.
KINDS = {
    "purchase-orders": "order",
    "access-grant": "access-grant",
    "nightly-reconciliation": "reconciliation",
}


def check_effects(runs: list[dict]) -> bool:
    paper.heading("4  The system of record: each effect once")
    rows = [compare(workflow, [run for run in runs if run["workflow"] == workflow]) for workflow in KINDS]
    paper.table(["workflow", "runs", "succeeded", "effects", "each effect once"], rows)
    paper.line(f"repeats of a key that the ledger turned away: {ledger('/effects/count')['replays']}")
    return all(row[-1] == "exact" for row in rows)


def compare(workflow: str, runs: list[dict]) -> list:
    """A line of the table: the effects of these runs, and how many runs have another number of them than they should."""
    askers = [row["key"].split(":")[0] for row in effects(KINDS[workflow])]
    found = {run["run_id"]: askers.count(run["run_id"]) for run in runs}
    wrong = [run for run in runs if found[run["run_id"]] != expected(run)]
    return [workflow, len(runs), sum(map(expected, runs)), sum(found.values()), f"{len(wrong)} wrong" if wrong else "exact"]


def expected(run: dict) -> int:
    return 1 if run["state"] == "SUCCEEDED" else 0
