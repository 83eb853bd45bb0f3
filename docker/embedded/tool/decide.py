# SPDX-License-Identifier: PostgreSQL
"""decide.py approve|deny ID [WHY]: decides an approval as the person "approver", who is not the one who asked."""

import sys

from api import Api, Problem, Unreachable


def main() -> int:
    decision, approval_id, *why = sys.argv[1:]
    try:
        status = Api("approver", "approver").call(
            "decide", approval_id=approval_id, decision=decision, rationale=" ".join(why) or None
        )
    except (Problem, Unreachable) as error:
        print(f"portarium: {error}", file=sys.stderr)
        return 1
    print(status)
    return 0


sys.exit(main())
