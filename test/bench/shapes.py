"""Every shape of governed runs with its goals, in interleaved rounds between runs of the hand-written queue.

B_q is that queue: claim one, commit, complete one, commit. A ratio is the rate of runs over the mean of the queue's before and after.

SPDX-License-Identifier: PostgreSQL
"""
from dataclasses import dataclass
from statistics import median

import governed
import handqueue
from governed import Shape


@dataclass(frozen=True)
class Goal:
    """A shape, what to call it, and what it should reach: at least that ratio, at most that CPU in µs and that WAL in bytes a run."""
    title: str
    shape: Shape
    ratio: float = None
    cpu: float = None
    wal: float = None
    managed: bool = False


GOALS = (
    Goal("start 10 + exchange 10", governed.TEN, 1.6, 140, 2000),
    Goal("start 100 + exchange 100", Shape(100, 100), 3, 90),
    Goal("start 1 + exchange 10", governed.ONE, 0.8, 280),
    Goal("one by one", Shape(1, 1, script="start_one.sql"), None, 400),
    Goal("one by one, SQL flavour", Shape(1, 1, script="start_one.sql"), None, 550, managed=True),
    Goal("5 actions, start 10 + exchange 10", Shape(10, 10, actions=5), 0.4, 600),
    Goal("start 1000 + exchange 100", Shape(1000, 100)),
)


def measure(goals, queue, native, managed, rounds, seconds):
    """By title: what each round measured, with its ratio; and what the queues around them did."""
    measured = {goal.title: [] for goal in goals}
    queues = []
    for _ in range(rounds):
        queues.append(handqueue.run(queue, seconds))
        for goal in goals:
            got = governed.run(managed if goal.managed else native, goal.shape, seconds)
            queues.append(handqueue.run(queue, seconds))
            floor = (queues[-2]["rate"] + queues[-1]["rate"]) / 2
            measured[goal.title].append(got | {"ratio": got["rate"] / floor, "start_ratio": got["start_rate"] / floor,
                                               "exchange_ratio": got["exchange_rate"] / floor})
    return measured, queues


def at_most(report, what, value, unit, goal):
    report.add(what, value, unit, goal, None if goal is None else value <= goal)


def tell_rows(report, goal, middle):
    """Only where runs are many enough to be the rule: what happened to rows."""
    if goal.shape is not governed.TEN:
        return
    report.add(f"{goal.title}: rows of runs updated in place", middle("hot"), "%", 98, middle("hot") >= 98)
    at_most(report, f"{goal.title}: rows left dead a run", middle("dead"), "", 2.05)
    report.add("    of them outside the rings", middle("dead_elsewhere"), "")


def tell(report, goal, results):
    def middle(field):
        return median(result[field] for result in results)

    report.add(f"{goal.title}: governed runs", middle("rate"), "/s")
    ratio = middle("ratio")
    report.add(f"{goal.title}: ratio to B_q", ratio, "x", goal.ratio, None if goal.ratio is None else ratio >= goal.ratio)
    at_most(report, f"{goal.title}: server CPU a run", middle("cpu"), "µs", goal.cpu)
    report.add("    of it starting", middle("start_cpu"), "µs")
    report.add("    of it exchange", middle("exchange_cpu"), "µs")
    at_most(report, f"{goal.title}: WAL a run", middle("wal"), "bytes", goal.wal)
    tell_rows(report, goal, middle)
    if goal.shape.start == 1000:
        report.add("    starting alone: ratio to B_q", middle("start_ratio"), "x", 15, middle("start_ratio") >= 15)
    if goal.shape.want == 100 and goal.shape.start == 100:
        report.add("    exchange alone: ratio to B_q", middle("exchange_ratio"), "x", 6, middle("exchange_ratio") >= 6)


def run(report, queue, native, managed, rounds, seconds, wanted=""):
    goals = [goal for goal in GOALS if wanted in goal.title]
    measured, queues = measure(goals, queue, native, managed, rounds, seconds)
    report.add("B_q: jobs", median(q["rate"] for q in queues), "/s")
    report.add("B_q: server CPU a job", median(q["cpu"] for q in queues), "µs")
    report.add("B_q: WAL a job", median(q["wal"] for q in queues), "bytes")
    for goal in goals:
        tell(report, goal, measured[goal.title])
