"""The table: what was measured, its value, its goal, met or not.

SPDX-License-Identifier: PostgreSQL
"""
from statistics import median


class Report:
    def __init__(self, rounds, seconds):
        self.failures = []
        print(f"medians of {rounds} interleaved rounds of {seconds} s; B_q = hand-written SKIP LOCKED queue, claim 1 + complete 1, "
              "two commits, 8 clients\n")
        print(f"{'what':<52} {'value':>10} {'unit':<7} {'goal':>10}")

    def add(self, what, value, unit, goal=None, met=None, note=""):
        goal_text = "" if goal is None else number(goal)
        verdict = "" if met is None else ("met" if met else "NOT MET")
        print(f"{what:<52} {number(value):>10} {unit:<7} {goal_text:>10} {verdict:<8} {note}".rstrip(), flush=True)

    def broken(self, part, error):
        self.failures.append(part)
        print(f"{part} could not be measured: {error}", flush=True)

    def rounds(self, results, ratios):
        def middle(name, field):
            return median(result[field] for result in results[name])

        self.add("B_q: jobs", middle("queue", "rate"), "/s")
        self.add("B_q: server CPU a job", middle("queue", "cpu"), "µs")
        self.add("B_q: WAL a job", middle("queue", "wal"), "bytes")
        for name, title, goal in (("ten", "start 10 + exchange 10", 1.0), ("one", "start 1 + exchange 10", 0.5)):
            self.add(f"{title}: governed runs", middle(name, "rate"), "/s")
            ratio = median(ratios[name])
            self.add(f"{title}: ratio to B_q", ratio, "x", goal, ratio >= goal)
            steady = name == "ten"
            cpu, wal = middle(name, "cpu"), middle(name, "wal")
            self.add(f"{title}: server CPU a run", cpu, "µs", 250 if steady else None, cpu <= 250 if steady else None)
            self.add("    of it starting", middle(name, "start_cpu"), "µs")
            self.add("    of it exchange", middle(name, "exchange_cpu"), "µs")
            self.add(f"{title}: WAL a run", wal, "bytes", 3000 if steady else None, wal <= 3000 if steady else None)
        self.add("plain insert + sha256, 32 writers", middle("plain", "rate"), "/s")
        ratio = middle("append", "rate") / middle("plain", "rate")
        self.add("append_evidence, 32 writers, one tenant", middle("append", "rate"), "/s")
        self.add("append_evidence: ratio to plain insert", ratio, "x", 0.4, ratio >= 0.4)
        self.add("append_evidence: server CPU", middle("append", "cpu"), "µs")
        self.add("append_evidence: WAL", middle("append", "wal"), "bytes")

    def close(self):
        print(f"\n{'everything was measured' if not self.failures else 'not measured: ' + ', '.join(self.failures)}")


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
