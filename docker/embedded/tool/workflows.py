# SPDX-License-Identifier: PostgreSQL
"""Registering documents, starting runs and reading how they go."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from api import Api, Unreachable

# the last one ends when a person says so
TERMINAL = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "COMPENSATION_FAILED")
WAITING = "WAITING_FOR_APPROVAL"
POLL_SECONDS = 0.1


def name_of(document: Path) -> str:
    """The workflow's name: the file's without its endings, or its folder's when the file is called workflow."""
    name = document.name.removesuffix(".json").removesuffix(".asl")
    return document.resolve().parent.name if name == "workflow" else name


def register(api: Api, document: Path) -> str:
    """Registers a document, which changes nothing when it is registered already; returns its name."""
    name = name_of(document)
    api.call_text("register_workflow", with_raw({"name": name}, "definition", document.read_text()))
    return name


def start(api: Api, workflow: str, input_text: str, key: str | None = None) -> str:
    """Starts a run on an input that is passed on as it is; returns the run's id."""
    arguments = {"workflow": workflow}
    if key is not None:
        arguments["idempotency_key"] = key
    return api.call_text("start_run", with_raw(arguments, "input", input_text))


def with_raw(arguments: dict, name: str, text: str) -> str:
    """A JSON object whose last member is a JSON text that stays as it is, down to the spelling of its numbers."""
    json.loads(text)
    return json.dumps(arguments)[:-1] + f", {json.dumps(name)}: {text}}}"


def get_run(api: Api, run_id: str) -> dict:
    rows = api.view("runs", run_id=f"eq.{run_id}")
    if len(rows) != 1:
        raise LookupError(f'run "{run_id}" is not there')
    return rows[0]


def poll(condition: Callable, seconds: float, what: str):
    """Asks again until the answer is true, and returns it; TimeoutError after so many seconds.

    A daemon that is being started again is no answer yet.
    """
    deadline = time.monotonic() + seconds
    while not (answer := attempt(condition)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds:.0f} seconds")
        time.sleep(POLL_SECONDS)
    return answer


def attempt(condition: Callable):
    try:
        return condition()
    except Unreachable:
        return None
