"""Many subscribers that are slow or dead, long backlogs, large events: others get theirs, and memory stays bounded.

SPDX-License-Identifier: PostgreSQL
"""
from memory import peak_mib

PLACES = 8
DEAD, SLOW = 24, 12
PLACE_MIB = 3


def wait_for_silence(suite, wanted):
    suite.eventually("dead ones hold all the places that they can get", 20,
                     lambda: sum(len(suite.subscriber.of(f"/silent/{n}")) for n in range(DEAD)) >= wanted)


def check_fairness(suite):
    """None of the dead answers within the test, so whoever would wait for one would wait too long."""
    suite.subscribe("prompt", "/ok/prompt", after="'start'")
    settings = {"RELAY_DELIVERIES": str(PLACES), "RELAY_TIMEOUT_MS": "15000"}
    relay = suite.relay(**settings)
    total = suite.sealed()
    suite.eventually("one shows that it is prompt", 15, lambda: len(suite.subscriber.of("/ok/prompt")) == total)
    for n in range(DEAD):
        suite.subscribe(f"dead-{n}", f"/silent/{n}", after="'start'")
    for n in range(SLOW):
        suite.subscribe(f"late-{n}", f"/slow/{n}", after="'start'")
    wait_for_silence(suite, PLACES // 2)
    for number in range(5):
        suite.write_events(1)
        total += DEAD + SLOW + 1 if number == 0 else 1  # subscribing is an entry, too
        suite.eventually("events of the prompt one come all the same", 5, lambda: len(suite.subscriber.of("/ok/prompt")) == total,
                         lambda: f"{len(suite.subscriber.of('/ok/prompt'))} of {total}")
    suite.equal("the dead hold half of the places and no more", suite.sql(
        "select count(*) from portarium_data.subscription where lease_until > now() and name like 'dead-%'"), str(PLACES // 2))
    other = suite.relay(**settings)
    wait_for_silence(suite, PLACES)
    suite.check("another relay takes other ones", all(len(suite.subscriber.of(f"/silent/{n}")) <= 1 for n in range(DEAD)))
    for process in (relay, other):
        suite.equal("the relay stops", suite.stop(process), 0)
    suite.sql("select portarium.unsubscribe(name) from portarium.subscriptions where name ~ '^(prompt|dead|late)'")


def check_memory(suite):
    """Subscribers that take long to answer keep a megabyte of large events each in the relay's memory."""
    start = suite.sealed()
    suite.sql("select count(portarium.append_evidence('app.large', jsonb_build_object('n', n, 'text', repeat('x', 60000)))) from generate_series(1, 40) n")
    total = suite.sealed()
    for n in range(PLACES):
        suite.subscribe(f"large-{n}", f"/slow/large-{n}", mode="'batch'", after=f"'1-{start - 1}'")
    relay = suite.relay(RELAY_DELIVERIES=str(PLACES), RELAY_BATCH="10000")
    for n in range(PLACES):
        suite.eventually("large events arrive", 30, lambda n=n: suite.subscriber.indexes(f"/slow/large-{n}")[-1:] >= [total - 1])
    suite.check("memory is bounded by the places", peak_mib(relay.pid) <= 16 + PLACES * PLACE_MIB, f"{peak_mib(relay.pid)} MiB")
    print(f"         {PLACES} subscribers with 2.4 MB each to take: the relay needs {peak_mib(relay.pid)} MiB at most")
    suite.equal("the relay stops", suite.stop(relay), 0)
    suite.sql("select portarium.unsubscribe(name) from portarium.subscriptions where name like 'large-%'")
