"""The table: what was measured, its value, its goal, met or not.

SPDX-License-Identifier: PostgreSQL
"""


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

    def say(self, text):
        print(text, flush=True)

    def broken(self, part, error):
        self.failures.append(part)
        print(f"{part} could not be measured: {error}", flush=True)

    def close(self):
        print(f"\n{'everything was measured' if not self.failures else 'not measured: ' + ', '.join(self.failures)}")


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
