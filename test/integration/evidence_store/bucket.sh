# shellcheck shell=bash
# What the notary puts into a bucket is there, whole and locked; what a storage administrator does to it is seen.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# s3 VERB ARGUMENT …: the independent reader, also the attacker's hand.
s3()
{
    python3 "$own/s3.py" "$endpoint" "$@"
}

# make_bucket NAME [MODE]: a database, and a bucket of the same name for its evidence.
make_bucket()
{
    make_database "$1"
    bucket=$1
    store=s3://$bucket/log
    s3 make "$bucket"
    (umask 077 && printf 'portarium-secret\n' >"$home/secret")
    export NOTARY_S3_ENDPOINT=$endpoint NOTARY_S3_ACCESS_KEY=portarium-access NOTARY_S3_SECRET_KEY_FILE=$home/secret
    export NOTARY_S3_LOCK_MODE=${2:-COMPLIANCE} NOTARY_S3_LOCK_DAYS=30 NOTARY_PROBE_HOURS=0
}

# By readers that share no code with the notary: boto3 fetches, store.py computes.
store_is_whole()
{
    rm -rf "$home/copy"
    s3 fetch "$bucket" log/ "$home/copy" && python3 "$here/store.py" "$home/copy"
}

# fails TEXT: the notary ends with status 1 and says so.
fails()
{
    : >"$home/log"
    exits 1 notary --once || { cat "$home/log"; return 1; }
    cat "$home/log"
    grep -F "$1" "$home/log"
}

newest()
{
    printf 'log/checkpoint/%020d' "$(sql -c 'select max(meta_size) from portarium_data.checkpoint')"
}

test_settings()
{
    make_bucket settings
    append ann 1 && seal
    s3 make-plain plain-bucket
    store=s3://plain-bucket check 'a bucket without a lock' fails 'does not have versioning Enabled'
    store=s3://no-such-bucket check 'no bucket' fails 'NoSuchBucket'
    NOTARY_S3_ACCESS_KEY=nobody check 'another key' fails 403
    NOTARY_S3_ENDPOINT=http://127.0.0.1:9 check 'no store' fails 'could not reach'
    NOTARY_S3_LOCK_MODE=SOFT check 'no such mode' exits 2 notary --once
    store=s3:// check 'no name' exits 2 notary --once
    check 'nothing was signed' same '' "$(sql -c 'select 1 from portarium_data.checkpoint')"
}

test_put()
{
    make_bucket put
    append ann 11 && append bob 3 && seal
    check 'signed' exits 0 notary --once
    append ann 2 && seal
    check 'the next one' exits 0 notary --once
    check 'again: nothing new' exits 0 notary --once
    check 'the store is whole' store_is_whole
    check 'every object once, locked for 30 days' s3 locked "$bucket" COMPLIANCE 30
    check 'nobody deletes a version' s3 delete-refused "$bucket" "$(newest)"
    check 'bundles hold' eval 'holds ann && holds bob'
}

# Each in a bucket of its own, with one signed checkpoint.
attack()
{
    make_bucket "$1"
    append ann 3 && seal && notary --once
    cp "$home/state" "$home/state.old"
}

test_attacks()
{
    attack hidden
    s3 hide "$bucket" "$(newest)"
    check 'a checkpoint behind a delete marker' refuses 'hidden by a delete marker'

    attack overwritten
    s3 overwrite "$bucket" "$(newest)" 'other bytes'
    check 'a checkpoint that was written over' refuses 'store has 2 versions'

    attack rolled-back
    append ann 1 && seal && notary --once
    cp "$home/state.old" "$home/state"
    check 'an old state beside a newer store' refuses 'newer than the state'
    s3 hide "$bucket" "$(newest)"
    check 'also when the newest one is hidden' refuses 'newer than the state'

    attack taken
    s3 overwrite "$bucket" log/meta/00000000000000000001-1 'a trap'
    append ann 1 && seal
    check 'a name that somebody else took' refuses 'without a lock'
}

# What the newest checkpoint does not show: an audit looks at every object.
test_audit_bucket()
{
    local old
    make_bucket audited
    append ann 3 && seal && notary --once
    old=$(newest)
    append ann 1 && seal && notary --once
    export NOTARY_AUDIT_HOURS=1
    check 'an audit of a good bucket' exits 0 notary --once
    s3 hide "$bucket" "$old"
    check 'an old checkpoint behind a delete marker' refuses 'hidden by a delete marker'
    make_bucket audited-leaves
    append ann 3 && seal && NOTARY_AUDIT_HOURS=0 notary --once
    append ann 1 && seal && NOTARY_AUDIT_HOURS=0 notary --once
    s3 overwrite "$bucket" log/meta/00000000000000000000-1 'other bytes'
    check 'old meta leaves that were written over' refuses 'store has 2 versions'
    unset NOTARY_AUDIT_HOURS
}

test_locks()
{
    make_bucket governance GOVERNANCE
    append ann 3 && seal && notary --once
    export NOTARY_S3_LOCK_MODE=COMPLIANCE
    check 'a lock of another mode' refuses 'locked in mode'

    make_bucket unlocked
    append ann 3 && seal && dies meta
    s3 put-copy-unlocked "$bucket" log/meta/00000000000000000000-1 log/meta/00000000000000000001-1
    check 'back' exits 0 notary --once
    append ann 1 && seal
    check 'an object that somebody else put' refuses UP902
}

test_second_notary()
{
    local first
    attack second
    first=$home
    home=$first.second
    mkdir -p "$home" && cp "$first/state" "$home/state" && make_key "$home/key"
    append ann 1 && seal
    check 'another key is refused by the store' refuses 'signed by another key'
    home=$first
    check 'the first one goes on' exits 0 notary --once
    check 'its bundles hold' holds ann
}

signed_by_now()
{
    local end=$((SECONDS + 20))
    until all_is_signed >/dev/null; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

test_outage()
{
    make_bucket outage
    append ann 1 && seal
    start_notary
    check 'signed while it runs' signed_by_now
    bash "$own/rgw.sh" close "$work/rgw"
    append ann 1 && seal
    check 'nothing is signed while the store is away' eval '! all_is_signed'
    bash "$own/rgw.sh" open "$work/rgw"
    check 'signed when it is back' signed_by_now
    stop_jobs
    check 'the store is whole' store_is_whole
}

test_probe()
{
    make_bucket probed
    append ann 1 && append bob 1 && seal
    check 'a probe by hand' eval "notary probe | grep -F '\"good\":true'"
    NOTARY_PROBE_HOURS=1 check 'signed after a probe' exits 0 notary --once
    check 'each tenant is told' same 2 "$(for tenant in ann bob; do
        as $tenant "select body -> 'good' from portarium.entries where kind = 'store.probed'"; done | grep -c true)"
    check 'only a bucket can be probed' eval "store=\$home/store exits 2 notary probe"

    make_bucket soft GOVERNANCE
    append ann 1 && seal
    check 'a lock that its owner can lift' exits 3 notary probe
    export NOTARY_PROBE_HOURS=1
    check 'the notary refuses such a store' refuses 'not write-once'
    check 'and the tenants are told' same '["version_delete_refused"]' "$(as ann "select jsonb_path_query_array(body -> 'broken',
        '\$[*] ? (@ == \"version_delete_refused\")') from portarium.entries where kind = 'store.probed'")"
}

test_bucket_crash()
{
    local point
    make_bucket crash
    for point in meta leaves state checkpoint record; do
        append ann 3 && append bob 2 && seal
        check "dead after $point" dies "$point"
        append ann 2 && seal
        check "back after $point" exits 0 notary --once
        check "all is signed after $point" all_is_signed
    done
    check 'the store is whole' store_is_whole
    check 'every object once' s3 locked "$bucket" COMPLIANCE 30
}

test_bucket()
{
    test_settings
    test_put
    test_attacks
    test_locks
    test_audit_bucket
    test_second_notary
    test_outage
    test_bucket_crash
    test_probe
}
