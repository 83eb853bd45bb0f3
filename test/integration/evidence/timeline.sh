# shellcheck shell=bash
# A promoted copy of the server: executors register again, and nothing is sealed there until the notary has seen that nothing is missing;
# when something is, never.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# The server's programs refuse root.
as_server()
{
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

bin=$("${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}" --bindir)

# back_up DIRECTORY: what the server has now.
back_up()
{
    as_server mkdir -p "$1" && as_server "$bin/pg_basebackup" -h "$PGHOST" -p "$PGPORT" -U "$PGUSER" -D "$1/data" -X fetch -c fast
}

# with_promoted DIRECTORY COMMAND …: the backup runs as a server of its own, promoted, and is the one that the command asks.
with_promoted()
{
    local directory=$1 status=0
    as_server touch "$directory/data/standby.signal"
    as_server "$bin/pg_ctl" -D "$directory/data" -o "-k $directory -p $PGPORT -c listen_addresses='' $options" -l "$directory/log" -w start >/dev/null &&
        as_server "$bin/pg_ctl" -D "$directory/data" -w promote >/dev/null
    PGHOST=$directory "${@:2}" || status=1
    as_server "$bin/pg_ctl" -D "$directory/data" -m immediate -w stop >/dev/null
    return "$status"
}

seal_once()
{
    sql -c 'select portarium_int.seal()' >/dev/null
}

waits()
{
    same 1 "$(sql -c "select count(*) from portarium.health() where subject = 'evidence' and finding like 'sealing waits%'")"
}

# exchange_says TEXT: what an executor hears that goes on as it is, after its registration.
exchange_says()
{
    same "$1" "$(sql -c '\set VERBOSITY sqlstate' -c "select count(*) from portarium.exchange($executor_id, $executor_epoch, '[]', 1)" 2>&1)"
}

register_executor()
{
    IFS='|' read -r executor_id executor_epoch < <(sql -c "select * from portarium.register_executor('e1', '{ledger}')")
}

after_failover()
{
    check 'an executor of the server before is refused' exchange_says 'ERROR:  UP302'
    register_executor
    check 'until it has registered again' exchange_says 0
    append ann 1 && seal_once
    check 'after a failover nothing is sealed' same 3 "$(leaves)"
    check 'and health says why' waits
    check 'the notary finds that nothing is missing' exits 0 notary --once
    check 'then sealing goes on' seal
    check 'with every entry once' same 4 "$(leaves)"
    check 'and so does the notary' exits 0 notary --once
    check 'the bundle holds' holds ann
    check 'health is content' exits 1 waits
}

after_loss()
{
    check 'an executor of before the restore is refused' exchange_says 'ERROR:  UP302'
    check 'the notary refuses' refuses 'log has shrunk'
    append ann 1 && seal_once
    check 'nothing is sealed over the loss' same 3 "$(leaves)"
    check 'and health says so' waits
    check 'nobody else can say that all is well' same 'ERROR:  UP902' \
        "$(sql -c '\set VERBOSITY sqlstate' -c "select portarium.notary_confirm(9, '')" 2>&1)"
}

test_timeline()
{
    local copies
    make_database timeline
    append ann 3 && seal && notary --once
    register_executor
    check 'an executor is at work' exchange_says 0
    copies=$(as_server mktemp -d /tmp/timeline.XXXXXX)
    check 'two backups' eval "back_up '$copies/good' && back_up '$copies/old'"
    cp "$home/state" "$home/state.kept" && cp -r "$home/store" "$home/store.kept"
    append ann 2 && seal && notary --once
    with_promoted "$copies/old" after_loss
    rm -rf "$home/store" && mv "$home/store.kept" "$home/store" && mv "$home/state.kept" "$home/state"
    with_promoted "$copies/good" after_failover
    rm -rf "$copies"
}
