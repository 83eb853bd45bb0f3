"""How much memory a process has needed.

SPDX-License-Identifier: PostgreSQL
"""
from pathlib import Path


def peak_mib(pid):
    """The most that it had in memory so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))
