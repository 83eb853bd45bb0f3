# SPDX-License-Identifier: PostgreSQL
"""demo.py: the three examples on the running stack, then their evidence.

Order: purchase orders (with one failure of the ledger on purpose), access grants, nightly reconciliation, the effects
against what the runs say, the evidence.  Every start has an idempotency key, so a second call finds everything done and
shows it again.  Ends with status 0 only if every run ended as it should, the ledger holds exactly the effects that the
runs say, and the offline verifier found the evidence good.
"""

import sys

import paper
from api import Api, Problem, Unreachable
from demo_access import show_access
from demo_effects import check_effects
from demo_evidence import check_evidence
from demo_orders import show_orders
from demo_reconciliation import show_reconciliation


def main() -> int:
    demo = Api("demo", "operator", "requester")
    try:
        runs = show_orders(demo) + show_access(demo) + show_reconciliation(demo)
        good = [check_effects(runs), check_evidence(demo, runs)]
    except Problem as problem:
        print(f"portarium: the API refused: {problem}", file=sys.stderr)
        return 1
    except (Unreachable, TimeoutError) as error:
        print(f"portarium: {error}", file=sys.stderr)
        return 1
    paper.line()
    print(paper.styled("all is as it should be", "green") if all(good) else paper.styled("something is wrong", "red"))
    return 0 if all(good) else 1


sys.exit(main())
