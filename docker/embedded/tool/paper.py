# SPDX-License-Identifier: PostgreSQL
"""What the launcher's programs print with: plain text, with colour on a terminal only."""

import os
import sys
from datetime import datetime

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
CODES = {"bold": "1", "dim": "2", "green": "32", "red": "31", "yellow": "33", "cyan": "36"}
STATE_STYLE = {"SUCCEEDED": "green", "FAILED": "red", "TIMED_OUT": "red", "ABORTED": "red", "COMPENSATION_FAILED": "red"}
SAID = ("action", "verdict", "decision", "attempt", "error")


def styled(text: str, style: str) -> str:
    return f"\033[{CODES[style]}m{text}\033[0m" if COLOUR else text


def state(word: str) -> str:
    return styled(word, STATE_STYLE.get(word, "yellow"))


def heading(text: str) -> None:
    print(f"\n{styled(text, 'bold')}\n{styled('─' * len(text), 'dim')}", flush=True)


def line(text: str = "") -> None:
    print(f"  {text}" if text else "", flush=True)


def command(text: str) -> None:
    line(styled("$ " + text, "cyan"))


def table(head: list[str], rows: list[list]) -> None:
    """Columns as wide as their widest cell; numbers to the right."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(head)]
    right = [bool(rows) and all(isinstance(row[i], int) for row in rows) for i in range(len(head))]
    line(styled(aligned(head, widths, right), "dim"))
    for row in cells:
        line(aligned(row, widths, right))


def aligned(cells: list[str], widths: list[int], right: list[bool]) -> str:
    parts = [cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(cells, widths, right)]
    return "  ".join(parts).rstrip()


def euros(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d} EUR"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def entry(row: dict, began: datetime) -> None:
    """One step of a run: seconds since its start, number, kind, actor, what its body says."""
    seconds = (moment(row["at"]) - began).total_seconds()
    line(f"{seconds:8.3f} s  {row['seq']:>3}  {row['kind']:<18}{row['actor']:<19}{said(row['body'])}".rstrip())


def said(body: dict) -> str:
    """What an entry's body tells a person: the states that were passed, then what was wanted, decided or went wrong."""
    path = " → ".join(body.get("path", []))
    facts = [f"{name} {str(body[name]).removeprefix('portarium:action:')}" for name in SAID if name in body]
    return ", ".join(part for part in (path, *facts) if part)
