# shellcheck shell=bash
# Payloads in a bucket: locked twice, held, removed when nothing locks them any more; and what a storage administrator does to them is seen.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh, lib.sh and bucket.sh
# SPDX-License-Identifier: PostgreSQL

# make_payloads NAME [MODE]: a keeper whose store is a bucket of this name.
make_payloads()
{
    make_keeper "$1"
    bucket=$1
    objects=s3://$bucket/kept
    s3 make "$bucket"
    (umask 077 && printf 'portarium-secret\n' >"$home/secret")
    export KEEPER_S3_ENDPOINT=$endpoint KEEPER_S3_ACCESS_KEY=portarium-access KEEPER_S3_SECRET_KEY_FILE=$home/secret
    export KEEPER_S3_LOCK_MODE=${2:-COMPLIANCE}
    tenant=$(sql -c "select portarium.tenant_by_slug('ann')")
}

key_of()
{
    printf 'kept/payload/%s/%s' "$tenant" "$1"
}

# One payload in a bucket of its own, stored and locked to its end.
attack_payload()
{
    make_payloads "$1" "${2:-}"
    scan=$(put 'a scan' customer-7)
    keeper --once
}

test_two_phases()
{
    local scan
    make_payloads phases
    scan=$(put 'a scan of seven' customer-7)
    sql -c 'revoke execute on function portarium.keeper_done from portarium_keeper'
    check 'put, and not told' keeper_says 1 'permission denied'
    check 'the first lock is short' s3 locked-between "$bucket" "$(key_of "$scan")" 0 2
    sql -c 'grant execute on function portarium.keeper_done to portarium_keeper'
    check 'told' exits 0 keeper --once
    check 'the second one reaches to the end' s3 locked "$bucket" COMPLIANCE 30
    check 'and not much further' s3 locked-between "$bucket" "$(key_of "$scan")" 29 31
    check 'nobody deletes the version' s3 delete-refused "$bucket" "$(key_of "$scan")"
    check 'it is asked for' same FETCHING "$(got "$scan")"
    check 'brought' exits 0 keeper --once
    check 'whole' same 'READY a scan of seven' "$(got "$scan")"
    as ann "select portarium.set_retention('scans', 'Compliance', 365)" >/dev/null
    check 'a longer retention' exits 0 keeper --once
    check 'reaches the store' s3 locked "$bucket" COMPLIANCE 365
}

test_bucket_hold()
{
    local scan hold
    make_payloads holding
    scan=$(put 'a scan' customer-7)
    check 'stored' exits 0 keeper --once
    check 'not held' s3 held "$bucket" "$(key_of "$scan")" OFF
    hold=$(as rex "select portarium.place_hold('case', subject => 'customer-7')")
    check 'told' exits 0 keeper --once
    check 'held by the store' s3 held "$bucket" "$(key_of "$scan")" ON
    as rex "select portarium.release_hold('$hold', 'closed')" >/dev/null
    check 'told again' exits 0 keeper --once
    check 'free' s3 held "$bucket" "$(key_of "$scan")" OFF
}

test_payload_attacks()
{
    attack_payload payload-hidden
    s3 hide "$bucket" "$(key_of "$scan")"
    check 'a payload behind a delete marker' keeper_says 3 'hidden by a delete marker'
    attack_payload payload-overwritten
    s3 overwrite "$bucket" "$(key_of "$scan")" 'other bytes'
    check 'one that was written over' keeper_says 3 'store has 2 versions'
    attack_payload payload-shortened GOVERNANCE
    s3 relock "$bucket" "$(key_of "$scan")" GOVERNANCE 3600
    check 'a lock that was shortened' keeper_says 3 'locked until'
    attack_payload payload-removed GOVERNANCE
    s3 remove "$bucket" "$(key_of "$scan")"
    check 'one that was removed' keeper_says 3 'store does not have'
    check 'and the tenant hears of it' same 'false' "$(sql -c "select convert_from(canon, 'UTF8')::jsonb -> 'good' from portarium_data.entry where kind = 'payload.audited' order by at desc limit 1")"
    attack_payload payload-released
    as rex "select portarium.place_hold('case')" >/dev/null && keeper --once
    s3 release "$bucket" "$(key_of "$scan")"
    check 'a hold that was lifted' keeper_says 3 'without its hold'
}

# A lock is in the way: its key goes all the same, the object when the lock is over.
test_bucket_destroyed()
{
    attack_payload payload-destroyed GOVERNANCE
    make_old
    check 'disposed of' disposed "propose_disposition('scans', 'tidy')"
    check 'still locked' exits 0 keeper --once
    check 'the object is there' s3 locked "$bucket" GOVERNANCE 20
    check 'its key is not' same 0 "$(find "$home/keys" -name "$scan.key" | wc -l)"
    s3 relock "$bucket" "$(key_of "$scan")" GOVERNANCE 1
    sql -c "update portarium_data.attachment set retry_at = now()"
    check 'when the lock is over' s3 wait-unlocked "$bucket" "$(key_of "$scan")"
    check 'it is removed' exits 0 keeper --once
    check 'for good' s3 gone "$bucket" "$(key_of "$scan")"
    check 'which is in evidence' same payload.removed "$(as ann "select kind from portarium.entries where run_id = '$scan' order by seq desc limit 1")"
}

test_payloads()
{
    test_two_phases
    test_bucket_hold
    test_payload_attacks
    test_bucket_destroyed
    unset objects
}
