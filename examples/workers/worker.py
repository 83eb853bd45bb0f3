#!/usr/bin/env python3
"""A worker in Python, standard library only: serves the adapter "text" over HTTP (docs/worker-protocol.md).

    PORTARIUM_URL=http://127.0.0.1:8080 PORTARIUM_TOKEN_FILE=token worker.py

Order: register, then exchange for ever: it hands in what has ended and brings one job, waited for by the server. A thread keeps
the lease while a job is done. What the server says is over is not acknowledged. SIGTERM lets the job at hand end.

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

URL = os.environ["PORTARIUM_URL"]
TOKEN_FILE = os.environ["PORTARIUM_TOKEN_FILE"]
WAIT_SECONDS = 20
LEASE_SECONDS = 30


class Refused(Exception):
    """The server understood and said no; code is an SQLSTATE."""

    def __init__(self, code, message):
        super().__init__(f"{code} {message}")
        self.code = code


class Failed(Exception):
    """The job cannot be done; the workflow's Retry and Catch may match the name."""

    def __init__(self, name, cause):
        super().__init__(cause)
        self.name = name


def call(name, body, wait=0):
    """One call; the token is read each time, so whoever renews it only writes the file."""
    with open(TOKEN_FILE, encoding="ascii") as file:
        headers = {"Authorization": "Bearer " + file.read().strip(), "Content-Type": "application/json"}
    if wait:
        headers["Prefer"] = f"wait={wait}"
    request = urllib.request.Request(f"{URL}/worker/{name}", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=wait + 15) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        if error.code == 429 or error.code >= 500:
            raise ConnectionError(problem["detail"]) from None
        raise Refused(problem["code"], problem["detail"]) from None


class Lease:
    """Keeps the lease of one job while it is done; over is set when the job is no longer ours or no longer wanted."""

    def __init__(self, epoch, job):
        self.epoch, self.token = epoch, job["token"]
        self.pause = job["spec"].get("heartbeat_ms", LEASE_SECONDS * 1000) / 3000
        self.over, self.ended = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.keep)

    def keep(self):
        while not self.ended.wait(self.pause):
            try:
                states = call("heartbeat", {"epoch": self.epoch, "tokens": [self.token]})
            except (OSError, Refused) as error:
                print(f"heartbeat: {error}", file=sys.stderr, flush=True)
                continue
            if states[0]["state"] != "ok":
                self.over.set()
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def count(given, lease):
    """Counts the words of a text; "seconds" makes it slow."""
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise Failed("Text.BadInput", "there is no text")
    lease.over.wait(given.get("seconds", 0))
    return {"words": len(given["text"].split()), "by": "python"}


OPERATIONS = {"count": count}


def do(epoch, job):
    """The acknowledgement of one job, or None when nobody wants it any more."""
    ack = {"run_id": job["run_id"], "token": job["token"]}
    with Lease(epoch, job) as lease:
        try:
            ack["output"] = OPERATIONS[job["operation"]](job["input"], lease)
        except Failed as failure:
            ack |= {"error": failure.name, "cause": str(failure)}
        except Exception as error:  # whatever it was, it is an outcome: the run goes on by it
            ack |= {"error": "Text.Failed", "cause": repr(error)}
    return None if lease.over.is_set() else ack


def work(stopping):
    """Until it is told to stop, or has to register again."""
    epoch, acks = call("register", {"version": "example"})["epoch"], []
    print("worker ready", flush=True)
    while acks or not stopping.is_set():
        want = 0 if stopping.is_set() else 1
        try:
            rows = call("exchange", {"epoch": epoch, "acks": acks, "want": want}, wait=WAIT_SECONDS * want)
        except OSError as error:  # sent again: what has been taken already comes back as stale
            print(f"exchange: {error}", file=sys.stderr, flush=True)
            time.sleep(1)
            continue
        acks = [ack for job in rows if job["kind"] == "job" and (ack := do(epoch, job))]


def main():
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            work(stopping)
        except Refused as refusal:
            if refusal.code not in ("UP302", "UP405"):
                sys.exit(f"refused: {refusal}")
        except OSError as error:
            print(f"register: {error}", file=sys.stderr, flush=True)
            time.sleep(1)


if __name__ == "__main__":
    main()
