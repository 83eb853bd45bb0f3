"""How deliveries go on: filters, what is new, several relays, rates, replay.

SPDX-License-Identifier: PostgreSQL
"""
import json
from pathlib import Path


def check_filter_and_now(suite):
    suite.subscribe("ends", "/ok/ends", filters="""'[{"exact": {"type": "portarium.app.wanted"}}]'""")
    relay = suite.relay()
    suite.write_events(5, "app.other")
    suite.write_events(2, "app.wanted")
    suite.write_events(5, "app.other")
    suite.eventually("what is wanted arrives", 10, lambda: len(suite.subscriber.of("/ok/ends")) == 2)
    total = suite.sealed()
    suite.eventually("and the cursor is at the end", 10, lambda: suite.sql("select position from portarium.subscriptions where name = 'ends'") == f"1-{total - 1}")
    suite.equal("nothing else came", {e["type"] for e in suite.subscriber.events("/ok/ends")}, {"portarium.app.wanted"})
    suite.equal("the relay stops", suite.stop(relay), 0)


def check_two_relays_share(suite):
    for n in range(6):
        suite.subscribe(f"shared-{n}", f"/ok/shared-{n}", after="'start'")
    suite.write_events(50)
    total = suite.sealed()
    relays = [suite.relay(RELAY_DELIVERIES="3", RELAY_BATCH="20"), suite.relay(RELAY_DELIVERIES="3", RELAY_BATCH="20")]
    for n in range(6):
        suite.eventually(f"subscription {n} has all", 20, lambda n=n: len(suite.subscriber.of(f"/ok/shared-{n}")) >= total)
        suite.equal(f"subscription {n}: in order, each once", suite.subscriber.indexes(f"/ok/shared-{n}"), list(range(total)))
    for relay in relays:
        suite.equal("a relay stops", suite.stop(relay), 0)


def check_standby(suite):
    """Two relays with one sink's name: one of them publishes, and the other one when that is killed."""
    relays = [(suite.relay(RELAY_WEBHOOKS="off", RELAY_NAME="shared", RELAY_SINK=f"file:{suite.folder}/shared-{n}", RELAY_BATCH="20"),
               Path(suite.folder, f"shared-{n}")) for n in range(2)]
    total = suite.sealed()
    lines = lambda: [path.read_text().splitlines() if path.exists() else [] for _, path in relays]
    suite.eventually("all events are published", 15, lambda: sum(map(len, lines())) >= total)
    suite.equal("by one of them", sorted(map(len, lines())), [0, total])
    first = max(range(2), key=lambda n: len(lines()[n]))
    relays[first][0].kill()
    relays[first][0].wait()
    suite.write_events(5)
    suite.eventually("the other one goes on", 15, lambda: len(lines()[1 - first]) >= 5)
    sequences = [int(json.loads(line)["sequence"]) for file in (lines()[first], lines()[1 - first]) for line in file]
    suite.equal("where the first one has stopped", sequences, list(range(total + 5)))
    suite.equal("the relay stops", suite.stop(relays[1 - first][0]), 0)


def check_rate(suite):
    suite.subscribe("rate", "/rate/a", after="'start'")
    total = suite.sealed()
    relay = suite.relay()
    suite.check("there are more events than a minute's", total > 20, total)
    due = lambda: suite.sql("select due_at > delivered_at + interval '55 s' from portarium_data.subscription where name = 'rate'")
    suite.eventually("then comes a pause of a minute", 10, lambda: due() == "t")
    suite.equal("as many requests come as the subscriber allows a minute", len(suite.subscriber.of("/rate/a")), 20)
    suite.equal("the relay stops", suite.stop(relay), 0)
    suite.sql("select portarium.unsubscribe('rate')")


def check_rate_of_failures(suite):
    """What is refused counts as well: twenty a minute leave three seconds between two."""
    suite.subscribe("refuses", "/rate_refuses/a", after="'start'", max_attempts="9")
    relay = suite.relay()
    suite.eventually("what was refused is tried again", 10, lambda: len(suite.subscriber.of("/rate_refuses/a")) >= 2)
    first, second = (r[0] for r in suite.subscriber.of("/rate_refuses/a")[:2])
    suite.check("not sooner than the subscriber's rate allows", second - first >= 2.9, second - first)
    suite.equal("the relay stops", suite.stop(relay), 0)
    suite.sql("select portarium.unsubscribe('refuses')")


def check_replay(suite):
    relay = suite.relay()
    suite.subscribe("again", "/ok/again", mode="'batch'", after="'start'")
    total = suite.sealed()
    suite.eventually("all events arrive", 10, lambda: len(suite.subscriber.indexes("/ok/again")) == total)
    suite.sql("select portarium.replay_subscription('again', '1-2')")
    suite.eventually("and again from behind a position", 10, lambda: len(suite.subscriber.indexes("/ok/again")) == 2 * total - 3)
    suite.equal("in order", suite.subscriber.indexes("/ok/again")[total:], list(range(3, total)))
    suite.equal("the relay stops", suite.stop(relay), 0)
