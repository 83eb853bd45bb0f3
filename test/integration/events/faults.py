"""Subscribers that misbehave: each holds up nobody but itself, and gets everything in the end or is given up.

SPDX-License-Identifier: PostgreSQL
"""


def state(suite, name, column="state"):
    return suite.sql(f"select {column} from portarium.subscriptions where name = '{name}'")


def check_faults(suite):
    start = suite.sealed()
    for name in ("slow", "silent", "gone", "busy", "moved", "reset", "garbage", "stranger"):
        suite.subscribe(name, f"/{name}/a", after=f"'1-{start - 1}'", max_attempts="3")
    suite.subscribe("good", "/ok/good", after=f"'1-{start - 1}'")
    suite.write_events(4)
    total = suite.sealed()
    wanted = list(range(start, total))
    relay = suite.relay()
    suite.eventually("a good one is not held up", 5, lambda: suite.subscriber.indexes("/ok/good") == wanted)
    suite.eventually("410: it is given up", 10, lambda: state(suite, "gone") == "GONE")
    suite.equal("410: after one request", len(suite.subscriber.of("/gone/a")), 1)
    suite.eventually("429: all events arrive", 20, lambda: suite.subscriber.indexes("/busy/a")[1:] == wanted)
    first, second = (r[0] for r in suite.subscriber.of("/busy/a")[:2])
    suite.check("429: not before Retry-After", second - first >= 1.9, second - first)
    suite.eventually("resets: all events arrive", 30, lambda: sorted(set(suite.subscriber.indexes("/reset/a"))) == wanted)
    suite.eventually("garbage: all events arrive", 30, lambda: sorted(set(suite.subscriber.indexes("/garbage/a"))) == wanted)
    suite.eventually("an endless answer is broken off", 5, lambda: suite.subscriber.cut_off >= 1)
    suite.eventually("slow: all events arrive in order", 30, lambda: suite.subscriber.indexes("/slow/a") == wanted)
    suite.eventually("a redirect is not followed, the event is a dead letter", 30,
                     lambda: suite.sql("select count(*) > 0 from portarium.dead_letters where subscription = 'moved' and reason = 'HTTP status 302'") == "t")
    suite.eventually("who does not agree is given up", 30, lambda: state(suite, "stranger") == "GONE")
    suite.equal("and never called", suite.subscriber.of("/stranger/a"), [])
    suite.check("who is silent is tried again", int(state(suite, "silent", "failures")) > 0 or
                suite.sql("select count(*) from portarium.dead_letters where subscription = 'silent'") != "0")
    suite.equal("the relay stops", suite.stop(relay), 0)
    for name in ("silent", "moved"):
        suite.sql(f"select portarium.unsubscribe('{name}')")


def check_dead_letter(suite):
    start = suite.sealed()
    suite.subscribe("picky", "/picky/a", mode="'batch'", after=f"'1-{start - 1}'", max_attempts="2")
    suite.write_events(2)
    suite.write_events(1, "app.poison")
    suite.write_events(2)
    poison = suite.sql("select index from portarium.entries where kind = 'app.poison'") if suite.sealed() else None
    relay = suite.relay()
    letters = "select position || ' ' || attempts || ' ' || reason from portarium.dead_letters where subscription = 'picky'"
    suite.eventually("the event that is never taken is a dead letter", 20, lambda: suite.sql(letters) == f"1-{poison} 2 HTTP status 422",
                     lambda: suite.sql(letters))
    suite.eventually("and the ones behind it arrive", 20, lambda: suite.sealed() - 1 in suite.subscriber.indexes("/picky/a"))
    suite.equal("the relay stops", suite.stop(relay), 0)


def check_addresses(suite):
    suite.subscribe("inside", "/ok/inside", after="'start'", max_attempts="1")
    relay = suite.relay(RELAY_PRIVATE_NETWORK="off")
    suite.eventually("a private address is not called", 10, lambda: state(suite, "inside", "last_error") == "the address may not be called",
                     lambda: state(suite, "inside", "last_error"))
    suite.equal("no request came", suite.subscriber.of("/ok/inside"), [])
    suite.equal("the relay stops", suite.stop(relay), 0)


def check_proxy(suite):
    """A name that only the proxy could know, at an address that the relay itself would not call."""
    suite.sql("select portarium.subscribe('proxied', 'http://hooks.example/hook', after => 'start')")
    total = suite.sealed()
    relay = suite.relay(RELAY_PRIVATE_NETWORK="off", RELAY_PROXY=f"http://127.0.0.1:{suite.subscriber.port}")
    suite.eventually("the proxy is asked for every event", 10, lambda: suite.subscriber.indexes("http://hooks.example/hook")[:total] == list(range(total)),
                     lambda: state(suite, "proxied", "last_error"))
    suite.check("and for the handshake", ("http://hooks.example/hook", "relay.example") in [(p, h["WebHook-Request-Origin"]) for p, h in suite.subscriber.handshakes])
    suite.equal("the relay stops", suite.stop(relay), 0)
    suite.sql("select portarium.unsubscribe('proxied')")


def check_missing_credential(suite):
    suite.subscribe("unsigned", "/ok/unsigned", credential="'missing'", after="'start'")
    relay = suite.relay()
    suite.eventually("without its key nothing is sent", 10, lambda: "missing" in state(suite, "unsigned", "last_error"))
    suite.equal("no event came", suite.subscriber.of("/ok/unsigned"), [])
    suite.equal("the relay stops", suite.stop(relay), 0)
    suite.sql("select portarium.unsubscribe('unsigned')")
