"""Numbers, when asked for: run.sh numbers. How many events a second one relay brings to one subscriber, and how soon.

SPDX-License-Identifier: PostgreSQL
"""
import os
import time

EVENTS = int(os.environ.get("EVENTS", "100000"))


def memory(process):
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))


def measure_throughput(suite):
    start = suite.sealed()
    for _ in range(10):
        suite.write_events(EVENTS // 10)
    total = suite.sealed()
    suite.subscribe("fast", "/ok/fast", mode="'batch'", after=f"'1-{start - 1}'")
    relay = suite.relay(RELAY_TIMEOUT_MS="10000")
    suite.eventually("the first batch arrives", 20, lambda: suite.subscriber.of("/ok/fast"))
    since = suite.subscriber.of("/ok/fast")[0][0]
    suite.eventually("all events arrive", 300, lambda: suite.sql("select behind from portarium.subscriptions where name = 'fast'") == "0")
    took = suite.subscriber.of("/ok/fast")[-1][0] - since
    print(f"         {(total - start) / took:.0f} events/s in batches to one subscriber, relay {memory(relay)} MiB at most")
    suite.equal("each once, in order", suite.subscriber.indexes("/ok/fast")[:total - start], list(range(start, total)))
    suite.equal("the relay stops", suite.stop(relay), 0)
    suite.sql("select portarium.unsubscribe('fast')")


def measure_lag(suite):
    suite.subscribe("soon", "/ok/soon", filters="""'[{"exact": {"type": "portarium.app.soon"}}]'""")
    relay = suite.relay(RELAY_INTERVAL_MS="200")
    lags = []
    for n in range(100):
        suite.write_events(1, "app.soon")
        committed = time.time()
        while len(suite.subscriber.of("/ok/soon")) <= n and time.time() < committed + 10:
            time.sleep(0.002)
        lags.append(suite.subscriber.of("/ok/soon")[n][0] - committed)
    lags.sort()
    print(f"         commit to webhook: p50 {lags[50] * 1000:.0f} ms, p99 {lags[98] * 1000:.0f} ms")
    suite.check("every event came", len(lags) == 100)
    suite.equal("the relay stops", suite.stop(relay), 0)
