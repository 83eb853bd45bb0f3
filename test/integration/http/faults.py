"""What goes wrong outside: slow calls, dead backends, a full queue, new keys, a drain.

SPDX-License-Identifier: PostgreSQL
"""
import os
import signal
import threading
import time

from client import OTHER_TENANT, SECRET, Sidecar, drain, psql, psql_when_up, statuses, token, wait_for


def check_slow_read(suite):
    moved = suite.sidecar.metric("reads_moved_total")
    suite.equal("a read that is too slow for its lane is answered by the other", suite.sidecar.get("/rpc/nap?seconds=0.6").json(), 1)
    suite.equal("and counted", suite.sidecar.metric("reads_moved_total"), moved + 1)


def check_others_are_not_held_up(suite):
    slow = threading.Thread(target=suite.sidecar.get, args=("/rpc/nap?seconds=2",))
    slow.start()
    time.sleep(0.4)                     # the read has moved by then
    start = time.monotonic()
    suite.equal("a quick read beside a slow one", suite.sidecar.rpc("add", {"a": 1}).json(), 2)
    suite.check("is quick", time.monotonic() - start < 0.5)
    slow.join()


def check_client_leaves(suite):
    """A client that does not wait for its answer takes nothing with it."""
    for _ in range(5):
        connection = suite.sidecar.connect()
        connection.sendall(b"GET /rpc/nap?seconds=0.1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token().encode() + b"\r\n\r\n")
        time.sleep(0.02)
        connection.close()
    suite.equal("the next one is served", suite.sidecar.rpc("add", {"a": 1}).json(), 2)


def kill_backend(pid):
    os.kill(pid, signal.SIGKILL)


def check_killed_read(suite):
    """kill -9 of the backend of a read in flight: it is read again, and everything comes back."""
    answers = []
    reader = threading.Thread(target=lambda: answers.append(suite.sidecar.get("/rpc/nap?seconds=0.2")))
    pid = suite.sidecar.get("/rpc/backend").json()
    reader.start()
    time.sleep(0.1)
    kill_backend(pid)
    reader.join()
    suite.check("a read in flight is answered or told to come again", answers[0].status == 200 or
                (answers[0].status == 503 and "retry-after" in answers[0].headers), answers[0].body)
    suite.check("the lanes come back", wait_for(lambda: suite.sidecar.admin("/ready").status == 200))
    suite.check("and serve", wait_for(lambda: suite.sidecar.rpc("add", {"a": 1}).body == b"2"))


def check_killed_write(suite):
    """kill -9 of the backend of a write in flight: the client learns that its fate is not known."""
    answers = []
    writer = threading.Thread(target=lambda: answers.append(suite.sidecar.rpc("write_nap", {"seconds": 3})))
    writer.start()
    find = "select pid from pg_catalog.pg_stat_activity where query like '%write_nap%' and state = 'active' and pid <> pg_backend_pid()"
    suite.check("the write runs", wait_for(lambda: psql_when_up(find) != ""))
    kill_backend(int(psql_when_up(find)))
    writer.join()
    suite.equal("a write in flight", (answers[0].status, answers[0].code()), (503, "08007"))
    suite.check("it may be tried again", "retry-after" in answers[0].headers, answers[0].headers)
    suite.check("the lanes come back", wait_for(lambda: suite.sidecar.admin("/ready").status == 200))
    suite.check("and serve", wait_for(lambda: suite.sidecar.rpc("nothing").status == 204))


def check_kills_under_load(suite):
    """Backends die again and again while clients call: answers are right, or 503, and nothing else."""
    wrong, good = [], []
    stop = threading.Event()

    def client(number):
        bearer = token(sub=f"client {number}")
        while not stop.is_set():
            answer = suite.sidecar.get(f"/rpc/add?a={number}", bearer=bearer)
            if answer.status == 200 and answer.json() == number + 1:
                good.append(1)
            elif answer.status != 503:
                wrong.append((answer.status, answer.body))

    clients = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for thread in clients:
        thread.start()
    find = "select min(pid) from pg_catalog.pg_stat_activity where usename = 'portarium_sidecar'"
    try:
        for _ in range(3):
            suite.check("a backend to kill", wait_for(lambda: psql_when_up(find) != ""))
            served = len(good)
            kill_backend(int(psql_when_up(find)))
            suite.check("served after the kill", wait_for(lambda: len(good) > served + 10))
    finally:
        stop.set()
        for thread in clients:
            thread.join()
    suite.equal("no wrong answer", wrong, [])


def check_terminated(suite):
    """pg_terminate_backend of all: every lane connects again."""
    psql_when_up("select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = 'portarium_sidecar'")
    suite.check("back in full", wait_for(lambda: suite.sidecar.admin("/ready").json() ==
                {"ready": True, "draining": False, "catalogue": True, "read": 1, "write": 4, "slow": 2}))


def check_full_queue(suite):
    """Writes past the lane's four wait one second at most, then they are told to come again."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(suite.sidecar.rpc("write_nap", {"seconds": 2.5}).status))
               for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    suite.equal("four are served, six refused", sorted(answers), [200] * 4 + [503] * 6)


def check_tenant_quota(suite):
    """One tenant can have so many requests under way; another does not feel it."""
    other = token(tenant=OTHER_TENANT)
    threads = [threading.Thread(target=suite.sidecar.rpc, args=("write_nap", {"seconds": 0.8})) for _ in range(20)]
    for thread in threads:
        thread.start()
    suite.check("twenty are under way", wait_for(lambda: suite.sidecar.metric('lane_queued{lane="write"}') == 16, 0.7))
    answer = suite.sidecar.rpc("add", {"a": 1})
    suite.equal("one more is refused", (answer.status, answer.code(), answer.headers.get("retry-after")), (429, "UP501", "1"))
    suite.equal("another tenant's is not", suite.sidecar.rpc("add", {"a": 1}, bearer=other).status, 200)
    for thread in threads:
        thread.join()
    suite.equal("afterwards it is served", suite.sidecar.rpc("add", {"a": 1}).status, 200)


def check_quota_of_the_absent(suite):
    """Leaving does not free a place: what the database still has to do for a tenant counts."""
    body = b'{"seconds":0.8}'
    head = (b"POST /rpc/write_nap HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Authorization: Bearer %s\r\n\r\n" % (len(body), token().encode()))
    connections = [suite.sidecar.connect() for _ in range(20)]
    for connection in connections:
        connection.sendall(head + body)
    suite.check("twenty are under way", wait_for(lambda: suite.sidecar.metric('lane_queued{lane="write"}') == 16, 0.7))
    for connection in connections:
        connection.close()
    suite.check("their clients are gone", wait_for(lambda: suite.sidecar.metric("connections") == 0, 0.7))
    suite.equal("their places are not", suite.sidecar.rpc("add", {"a": 1}).status, 429)
    suite.check("until the work is done", wait_for(lambda: suite.sidecar.rpc("add", {"a": 1}).status == 200, 5))


def check_write_timeout(suite):
    answer = suite.sidecar.rpc("write_nap", {"seconds": 8})
    suite.equal("a write past its timeout", (answer.status, answer.code()), (504, "57014"))


def check_reload(suite):
    """SIGHUP: new functions appear, a new key is taken, the old one is not any more."""
    old = token()
    suite.equal("not there yet", suite.sidecar.get("/rpc/fresh").status, 404)
    psql("create function portarium.fresh() returns int language sql stable as 'select 7'; "
         "grant execute on function portarium.fresh() to portarium_app")
    with open(f"{suite.folder}/jwt.key", "w", encoding="ascii") as file:
        file.write("short")
    suite.sidecar.signal(signal.SIGHUP)
    suite.check("a new function", wait_for(lambda: suite.sidecar.get("/rpc/fresh", bearer=old).body == b"7"))
    suite.equal("an unusable key changes nothing", suite.sidecar.get("/rpc/actor", bearer=old).status, 200)
    with open(f"{suite.folder}/jwt.key", "w", encoding="ascii") as file:
        file.write(SECRET + " and more")
    suite.sidecar.signal(signal.SIGHUP)
    suite.check("the old key is refused", wait_for(lambda: suite.sidecar.get("/rpc/actor", bearer=old).status == 401))
    suite.equal("the new one is taken", suite.sidecar.get("/rpc/actor", bearer=token(secret=SECRET + " and more")).status, 200)
    with open(f"{suite.folder}/jwt.key", "w", encoding="ascii") as file:
        file.write(SECRET)
    suite.sidecar.signal(signal.SIGHUP)
    suite.check("and back", wait_for(lambda: suite.sidecar.get("/rpc/actor", bearer=old).status == 200))


def check_drain(suite):
    """SIGTERM to a second sidecar: what runs is answered, what is new is not accepted."""
    other = Sidecar(suite.folder)
    answers = []
    runner = threading.Thread(target=lambda: answers.append(other.rpc("write_nap", {"seconds": 1.5})))
    idle = other.connect()
    idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    suite.equal("an idle connection", statuses(drain(idle, 0.3)), [200])
    runner.start()
    wait_for(lambda: other.metric('lane_in_flight{lane="write"}') == 1, 5)
    other.signal(signal.SIGTERM)
    suite.check("not ready while it drains", wait_for(lambda: other.admin("/ready").status == 503, 2))
    start = time.monotonic()
    suite.check("the idle connection is closed", drain(idle, 3) == b"" and time.monotonic() - start < 1)
    try:
        other.connect().close()
        suite.check("no new connection", False, "it was accepted")
    except ConnectionRefusedError:
        suite.check("no new connection", True)
    runner.join()
    suite.check("the running request is answered, and its connection closed", answers[0].status == 200 and
                answers[0].headers.get("connection") == "close", answers[0].headers)
    suite.equal("exit status", other.process.wait(10), 0)


def check_database_away(suite):
    """A sidecar that cannot log in lives, is not ready, and says 503."""
    psql("alter role portarium_sidecar nologin")
    psql("select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = 'portarium_sidecar'")
    try:
        suite.check("not ready", wait_for(lambda: suite.sidecar.admin("/ready").status == 503))
        suite.equal("but alive", suite.sidecar.admin("/live").status, 200)
        answer = suite.sidecar.rpc("add", {"a": 1})
        suite.check("503 with Retry-After", answer.status == 503 and "retry-after" in answer.headers, answer.body)
    finally:
        psql("alter role portarium_sidecar login")
    suite.check("and it comes back", wait_for(lambda: suite.sidecar.admin("/ready").status == 200, 30))
