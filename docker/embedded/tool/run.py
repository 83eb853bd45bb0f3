# SPDX-License-Identifier: PostgreSQL
"""run.py DOCUMENT INPUT: registers a document, runs it on an input and follows the run to its end.

Prints each entry of the run's history as it comes, and for an approval the commands that decide it.  Ends with status 0
when the run SUCCEEDED, 1 when it did not or could not be started, 2 when a file is not JSON, 130 when it was interrupted;
the run itself goes on then.
"""

import json
import sys
import time
import uuid
from pathlib import Path

import paper
from api import Api, Problem, Unreachable
from workflows import POLL_SECONDS, TERMINAL, get_run, poll, register, start

PATIENCE_SECONDS = 60
INTERRUPTED = 130


class Follower:
    """Prints what is new about a run."""

    def __init__(self, api: Api, run_id: str):
        self.api = api
        self.run_id = run_id
        self.seen = 0
        self.began = None
        self.asked: set[str] = set()

    def look(self) -> dict:
        """The run as it is, after everything new about it was printed."""
        run = get_run(self.api, self.run_id)
        for row in self.api.call("run_history", run_id=self.run_id):
            self.began = self.began or paper.moment(row["at"])
            if row["seq"] > self.seen:
                paper.entry(row, self.began)
                self.seen = row["seq"]
        if run["state"] not in TERMINAL:
            self.ask()
        return run

    def ask(self) -> None:
        """Says how to decide each approval that the run waits for."""
        for approval in self.api.view("approvals", run_id=f"eq.{self.run_id}", status="eq.PENDING"):
            approval_id = approval["approval_id"]
            if approval_id not in self.asked:
                self.asked.add(approval_id)
                paper.line(f"{approval['prompt']} (until {approval['due_at'] or 'decided'})")
                paper.command(f"./portarium approve {approval_id}")
                paper.command(f"./portarium deny {approval_id}")


def begin(api: Api, document: Path, input_text: str) -> tuple[str, str]:
    """Registers and starts; a key of this call's own makes it safe to ask again when no answer came."""
    key = f"run-{uuid.uuid4()}"
    name = poll(lambda: register(api, document), PATIENCE_SECONDS, "the document could not be registered")
    run_id = poll(lambda: start(api, name, input_text, key), PATIENCE_SECONDS, "the run could not be started")
    return name, run_id


def follow(api: Api, run_id: str) -> dict:
    """Looks until the run has ended; an API that is away for a while is waited for."""
    follower = Follower(api, run_id)
    while (run := poll(follower.look, PATIENCE_SECONDS, "the API did not answer"))["state"] not in TERMINAL:
        time.sleep(POLL_SECONDS)
    return run


def report(run: dict) -> int:
    print(f"run {run['run_id']} {paper.state(run['state'])}")
    if run["state"] == "SUCCEEDED":
        print(json.dumps(run["output"], indent=2, ensure_ascii=False))
        return 0
    print(": ".join(part for part in (run["error"], run["cause"]) if part))
    return 1


def main() -> int:
    document, input_file = (Path(name) for name in sys.argv[1:])
    api = Api("demo", "operator", "requester")
    try:
        name, run_id = begin(api, document, input_file.read_text())
        print(f"run {run_id} of {name}")
        return report(follow(api, run_id))
    except ValueError as error:
        print(f"portarium: not JSON: {error}", file=sys.stderr)
        return 2
    except (Problem, Unreachable, TimeoutError) as error:
        print(f"portarium: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nportarium: no longer following; the run goes on", file=sys.stderr)
        return INTERRUPTED


sys.exit(main())
