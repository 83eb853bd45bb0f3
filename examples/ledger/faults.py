# SPDX-License-Identifier: PostgreSQL
"""Faults that a test or a demo asks for, each good for a number of requests.

    POST /_faults {"mode": "fail", "times": 2, "status": 503, "kind": "order", "reference": "PO-1009"}

Modes: `fail` answers with `status` and stores nothing; `hang` stores nothing and
closes after `seconds` without an answer; `drop-before` closes at once and stores
nothing; `late` stores, waits `seconds` and answers; `drop-after` stores and closes
without an answer.  `kind` and `reference` narrow what is struck; without them the
next request of any kind is.
"""

import threading
from dataclasses import asdict, dataclass

MODES = ("fail", "hang", "late", "drop-before", "drop-after")
MEMBERS = ("mode", "times", "status", "seconds", "kind", "reference")
MAX_SECONDS = 600


@dataclass
class Fault:
    """One armed fault and how often it still strikes."""

    mode: str
    times: int = 1
    status: int = 503
    seconds: float = 30
    kind: str = ""
    reference: str = ""

    def strikes(self, kind: str, reference: str) -> bool:
        return self.kind in ("", kind) and self.reference in ("", reference)


class Faults:
    """The armed faults, oldest first."""

    def __init__(self):
        self.lock = threading.Lock()
        self.list: list[Fault] = []

    def arm(self, wanted: dict) -> None:
        """Adds a fault; ValueError says what is wrong with it."""
        for name in wanted:
            if name not in MEMBERS:
                raise ValueError(f'a fault has no member "{name}"')
        if wanted.get("mode") not in MODES:
            raise ValueError("mode must be one of " + ", ".join(MODES))
        for name, low, high in (("times", 1, 10**6), ("status", 400, 599), ("seconds", 0, MAX_SECONDS)):
            value = wanted.get(name, low)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
                raise ValueError(f"{name} must be a number from {low} to {high}")
        with self.lock:
            self.list.append(Fault(**wanted))

    def take(self, kind: str, reference: str) -> Fault | None:
        """The first fault that strikes this request, used up by one."""
        with self.lock:
            for fault in self.list:
                if fault.strikes(kind, reference):
                    fault.times -= 1
                    if fault.times == 0:
                        self.list.remove(fault)
                    return fault
        return None

    def armed(self) -> list[dict]:
        with self.lock:
            return [asdict(fault) for fault in self.list]

    def clear(self) -> None:
        with self.lock:
            self.list.clear()
