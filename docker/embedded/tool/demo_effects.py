# SPDX-License-Identifier: PostgreSQL
"""The runs against what they should come to, and the ledger against the runs: each success has exactly one effect, everything
else has none.

The key of an effect begins with the id of the run that asked for it, so effects of other runs on the same data do not count.
"""

import paper
from stack import effects, ledger

# Of each workflow: the kind of effect that it leaves, the input's member that names a run, and the runs that must fail, with
# their errors. All others must succeed.
KINDS = {
    "purchase-orders": ("order", "order_id", {
        "PO-2026-1048": "Order.Invalid",
        "PO-2026-1051": "Order.Denied",
        "PO-2026-1053": "Order.Refused",
    }),
    "access-grant": ("access-grant", "request_id", {"AR-2026-0118": "Access.Expired"}),
    "nightly-reconciliation": ("reconciliation", "business_date", {"2026-04-01": "Reconciliation.Mismatch"}),
}


def check_effects(runs: list[dict]) -> bool:
    paper.heading("4  The system of record: each effect once, and no other")
    rows = [compare(workflow, [run for run in runs if run["workflow"] == workflow]) for workflow in KINDS]
    paper.table(["workflow", "runs", "succeeded", "effects", "as it should be"], rows)
    paper.line(f"repeats of a key that the ledger turned away: {ledger('/effects/count')['replays']}")
    return all(row[-1] == "exact" for row in rows)


def compare(workflow: str, runs: list[dict]) -> list:
    """A line of the table: what became of these runs, and how many came to something else or have another number of effects."""
    kind, member, failures = KINDS[workflow]
    askers = [row["key"].split(":")[0] for row in effects(kind)]
    found = {run["run_id"]: askers.count(run["run_id"]) for run in runs}
    succeeded = [run for run in runs if run["state"] == "SUCCEEDED"]
    wrong = [
        run for run in runs
        if run["error"] != failures.get(run["input"][member]) or found[run["run_id"]] != (1 if run in succeeded else 0)
    ]
    return [workflow, len(runs), len(succeeded), sum(found.values()), f"{len(wrong)} wrong" if wrong else "exact"]
