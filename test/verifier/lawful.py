"""Dispositions as docs/formats.md has them: may what is missing be missing?

SPDX-License-Identifier: PostgreSQL
"""
import re
import struct

from form import Finding, microseconds, number, parse_json, require, sha256, text, unhex, uuid_bytes

FLOORS = {"Operational": 30, "Compliance": 365}
DAY = 86400 * 1000000
HISTORY = re.compile(r"(run|action|task|signal|child|sql|wait|strands?)[.]|approval[.](decided|expired)$")
RECORD = re.compile(r"(retention|hold|disposition)[.]")


class Taken:
    """What one disposition took away."""

    def __init__(self):
        self.items, self.digest, self.bound, self.authorised, self.done = [], bytes(32), 0, False, False

    def covered_by(self, hold):
        """By a hold's body."""
        if "subject" in hold:
            return False
        first, last = (microseconds(hold[name]) if name in hold else None for name in ("from", "to"))
        return any(hold.get("category", category) == category and hold.get("run", stream) == stream
                   and (first is None or at >= first) and (last is None or at < last)
                   for stream, at, category in self.items)


class Lawful:
    """Collects records and missing entries, and judges the one by the other."""

    def __init__(self):
        self.records, self.taken, self.latest = [], {}, 0

    def entry(self, entry):
        self.latest = max(self.latest, microseconds(entry["at"]))
        if RECORD.match(entry["kind"]):
            body = parse_json(text(entry["body"]))
            self.records.append((number(body.get("record")), entry["kind"], entry["stream"], entry["actor"],
                                 microseconds(entry["at"]), body, entry["index"]))

    def disposed(self, line, index):
        uuid_bytes(line["disposition"], index)
        taken = self.taken.setdefault(line["disposition"], Taken())
        at, kind, seq = microseconds(line["at"], index), text(line["kind"], index), number(line["seq"], index, 1)
        category = "app" if kind.startswith(b"app.") else "history" if HISTORY.match(kind.decode()) else None
        require(category is not None and seq < 2 ** 32, "a kind that is never disposed of", index)
        taken.digest = sha256(taken.digest, struct.pack(">Q", index), uuid_bytes(line["stream"], index), struct.pack(">Iq", seq, at),
                              unhex(line["entry_hash"], 32, index), struct.pack(">H", len(kind)), kind)
        taken.items.append((line["stream"], at, category))
        taken.bound = max(taken.bound, self.latest)
        taken.first = index if len(taken.items) == 1 else taken.first

    def judge(self):
        if not self.taken:
            return
        first = min(taken.first for taken in self.taken.values())
        rules, holds, proposals = {}, {}, {}
        for place, (number_, kind, stream, actor, at, body, _) in enumerate(sorted(self.records, key=lambda record: record[0])):
            require(number_ == place + 1, f"record {place + 1} is not there", first)
            if kind == "retention.set":
                rules[body["category"]] = body
            elif kind == "hold.placed":
                holds[stream] = body
                for taken in self.taken.values():
                    require(not taken.authorised or taken.done or not taken.covered_by(body), "a hold came before the deed", taken.first)
            elif kind == "hold.released":
                holds.pop(stream, None)
            elif kind == "disposition.proposed":
                proposals[stream] = (actor, body)
            elif stream in self.taken and kind == "disposition.authorised":
                self.authorise(self.taken[stream], actor, at, body, proposals.get(stream), rules.get(body["category"]), holds)
            elif stream in self.taken and kind == "disposition.carried_out":
                self.taken[stream].done = True
        for taken in self.taken.values():
            require(taken.authorised, "missing without an authorisation", taken.first)

    @staticmethod
    def authorise(taken, actor, at, body, proposal, rule, holds):
        def check(condition, reason):
            if not condition:
                raise Finding(reason, taken.first)

        digest, before = taken.digest.hex(), microseconds(body["before"])
        check(body["digest"] == digest and body["items"] == len(taken.items), "other entries were authorised")
        check(proposal and proposal[0] == body["proposed_by"] and proposal[1]["digest"] == digest, "nobody proposed this")
        check(actor != proposal[0], "one person alone")
        check(rule and rule["version"] == body["version"], "a retention that was not in force")
        check(body["action"] == "Destroy" and rule["class"] in FLOORS and rule["days"] >= FLOORS[rule["class"]], "retention forbids it")
        check(at - rule["days"] * DAY >= before, "authorised too early")
        check(all(category == body["category"] and time < before for _, time, category in taken.items) and taken.bound < before,
              "younger, or of another category")
        check(not any(taken.covered_by(hold) for hold in holds.values()), "what was held")
        taken.authorised = True
