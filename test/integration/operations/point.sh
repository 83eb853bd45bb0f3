# shellcheck shell=bash
# A base backup, the archive, and a restore to a point in time by docker/operations: at the point that the notary has signed all is well;
# before it the notary refuses.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

operations=$root/docker/operations

# at_point NAME COMMAND …: the cluster as it was then is the one that the command asks.
at_point()
{
    local directory=$copies/$1 status=0
    as_server env PG_BIN="$bin" PG_OPTIONS="$options" sh "$operations/restore" "$copies/base" "$archive" "$directory" "$PGPORT" "recovery_target_name=$1" || return
    PGHOST=$directory "${@:2}" || status=1
    as_server "$bin/pg_ctl" -D "$directory/data" -m immediate -w stop >/dev/null
    return "$status"
}

archived()
{
    sql -c "select pg_create_restore_point('$1')" >/dev/null && sql -c 'select pg_switch_wal()' >/dev/null
}


restored_well()
{
    same 5 "$(leaves)" && exits 0 notary --once && append ann 1 && seal && all_is_well && same 6 "$(leaves)"
}

restored_too_early()
{
    same 3 "$(leaves)" && refuses 'log has shrunk'
}

test_point()
{
    make_database point
    append ann 3 && seal
    copies=$(as_server mktemp -d /tmp/point.XXXXXX)
    check 'a base backup' as_server env PG_BIN="$bin" PGHOST="$PGHOST" PGPORT="$PGPORT" PGUSER="$PGUSER" sh "$operations/backup" "$copies/base"
    archived early
    append bob 2 && seal && notary --once
    archived signed
    append bob 1 && seal
    archived late
    check 'restored to what was signed, everything is well' at_point signed restored_well
    check 'restored to an earlier point, the notary refuses' at_point early restored_too_early
    check 'a backup that was changed is refused' damaged
    rm -rf "$copies"
}

damaged()
{
    as_server sh -c "printf x >>'$copies/base/global/pg_filenode.map'"
    ! as_server env PG_BIN="$bin" sh "$operations/restore" "$copies/base" "$archive" "$copies/damaged" "$PGPORT"
}
