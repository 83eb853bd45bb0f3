# SPDX-License-Identifier: PostgreSQL
"""What the ledger keeps, and the business rules it keeps it by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of effect: where it is posted, what names it, what the answer is called."""

    name: str
    reference: str
    answer: str
    prefix: str
    required: dict[str, type]


ORDER = Kind(
    name="order",
    reference="order_id",
    answer="posting_id",
    prefix="LP",
    required={
        "order_id": str,
        "order_date": str,
        "supplier": str,
        "quantity": int,
        "unit_price_cents": int,
        "total_cents": int,
    },
)
ACCESS_GRANT = Kind(
    name="access-grant",
    reference="request_id",
    answer="grant_id",
    prefix="AG",
    required={"request_id": str, "subject": str, "resource": str, "access": str},
)
RECONCILIATION = Kind(
    name="reconciliation",
    reference="business_date",
    answer="reconciliation_id",
    prefix="RC",
    required={"business_date": str, "orders": int, "total_cents": int},
)
KINDS = {
    "/orders": ORDER,
    "/access-grants": ACCESS_GRANT,
    "/reconciliations": RECONCILIATION,
}


class Refused(Exception):
    """The request is well formed, and the ledger's rules do not allow it."""


def check(kind: Kind, body: dict) -> None:
    """Raises Refused when the request breaks a rule."""
    for name, wanted in kind.required.items():
        value = body.get(name)
        if not isinstance(value, wanted) or isinstance(value, bool) or value == "":
            raise Refused(f'"{name}" is missing or of the wrong type')
    if kind is ORDER:
        check_order(body)


def check_order(order: dict) -> None:
    """A posted order must add up."""
    if order["quantity"] < 1 or order["unit_price_cents"] < 1:
        raise Refused("quantity and unit price must be positive")
    if order["total_cents"] != order["quantity"] * order["unit_price_cents"]:
        raise Refused("the total is not quantity times unit price")
