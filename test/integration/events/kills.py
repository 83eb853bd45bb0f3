"""Kills of the relay, of the database and of the subscriber while many events go out: nothing is lost, nothing overtakes.

SPDX-License-Identifier: PostgreSQL
"""
import os
import signal
import time

EVENTS = int(os.environ.get("EVENTS", "20000"))


def check_kills(suite):
    suite.sql("select portarium.unsubscribe(name) from portarium.subscriptions")
    start = suite.sealed()
    suite.subscribe("killed", "/ok/killed", mode="'batch'", after=f"'1-{start - 1}'", max_attempts="100")
    for _ in range(10):
        suite.write_events(EVENTS // 10)
    total = suite.sealed()
    for round_number in range(5):
        relay = suite.relay(RELAY_BATCH="200", RELAY_TIMEOUT_MS="300")
        before = len(suite.subscriber.of("/ok/killed"))
        suite.eventually(f"round {round_number}: some events arrive", 20, lambda before=before: len(suite.subscriber.of("/ok/killed")) > before + 2
                         or total - 1 in suite.subscriber.indexes("/ok/killed")[-1:])
        if round_number == 2:
            suite.subscriber.restart()
        if round_number == 3:
            crash_database(suite)
        relay.send_signal(signal.SIGKILL)
        relay.wait()
    relay = suite.relay(RELAY_BATCH="500")
    since = time.time()
    suite.eventually("the last event arrives", 120 + EVENTS // 2000, lambda: suite.sql("select behind from portarium.subscriptions where name = 'killed'") == "0")
    judge(suite, suite.subscriber.indexes("/ok/killed"), list(range(start, total)))
    print(f"         {len(suite.subscriber.of('/ok/killed'))} requests, the last round took {time.time() - since:.1f} s")
    suite.equal("the relay stops", suite.stop(relay), 0)


def crash_database(suite):
    """A backend dies by SIGKILL: the server ends all others and recovers."""
    os.kill(int(suite.sql("select pid from pg_stat_activity where usename = 'portarium_relay' limit 1")), signal.SIGKILL)

    def is_up():
        try:
            return suite.sql("select 1") == "1"
        except RuntimeError:
            return False

    suite.eventually("the database recovers", 60, is_up)


def judge(suite, found, wanted):
    firsts, missing = list(dict.fromkeys(found)), set(wanted) - set(found)
    suite.check("no index is missing", not missing, sorted(missing)[:10])
    suite.check("events come first in their order", [i for i in firsts if i >= wanted[0]][:len(wanted)] == wanted)
    suite.check("few come twice", len(found) - len(firsts) <= 6 * 500, len(found) - len(firsts))
