# shellcheck shell=bash
# Inspections: of a sample that follows from what is signed after they began, and killed in the middle.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# put_many COUNT
put_many()
{
    as ann "select count(portarium.put_payload(convert_to('scan ' || n, 'UTF8'), 'scans', 'text/plain', 'customer-' || n)) from generate_series(1, $1) n" >/dev/null
}

# outcome MEMBER: of the newest inspection.
outcome()
{
    as ann "select body ->> '$1' from portarium.entries where kind = 'payload.audited' order by at desc limit 1"
}

# As an auditor tells it: from the ids and the checkpoint in the notary's store.
sample_of()
{
    sql -c "select payload_id from portarium_data.attachment where status = 'STORED' order by payload_id" |
        python3 -c '
import hashlib, sys, uuid
seed = hashlib.sha256(b"portarium sample" + open(sys.argv[1], "rb").read()).digest()
ids = [uuid.UUID(line.strip()).bytes for line in sys.stdin]
taken = [i for i in ids if int.from_bytes(hashlib.sha256(seed + i).digest()[:4], "big") * 100 < int(sys.argv[2]) << 32]
digest = bytes(32)
for i in taken:
    digest = hashlib.sha256(digest + i).digest()
print(len(taken), digest.hex())' "$store/checkpoint/$(printf '%020d' "$(outcome meta_size)")" "$1"
}

test_sampled()
{
    make_keeper sampled
    put_many 60
    check 'kept' exits 0 keeper --once
    seal && notary --once
    KEEPER_INSPECT_PERCENT=30 check 'an inspection begins' exits 0 keeper --once
    KEEPER_INSPECT_PERCENT=30 check 'and waits for a checkpoint that covers its beginning' exits 0 keeper --once
    check 'which is in evidence' same 1 "$(as ann "select count(*) from portarium.entries where kind = 'payload.audit_begun'")"
    check 'it has no outcome yet' same 0 "$(sql -c 'select count(*) from portarium_data.inspection where ended is not null and percent < 100')"
    seal && notary --once
    KEEPER_INSPECT_PERCENT=30 check 'then it comes to its end' exits 0 keeper --once
    check 'all were looked at' same '60 true' "$(outcome objects) $(outcome good)"
    check 'and hashed those that an auditor says' same "$(sample_of 30)" "$(outcome hashed) $(outcome sample)"
    KEEPER_INSPECT_PERCENT=0 check 'a sample of nothing is none' exits 2 keeper --once
    KEEPER_INSPECT_SHARE=101 check 'nor is more than all of the time' exits 2 keeper --once
    # the begun inspection of the next start waits; what it finds outside the sample it finds by looking
    seal && notary --once
    rm -f "$home/objects/payload/$(sql -c "select portarium.tenant_by_slug('ann')")/$(sql -c 'select payload_id from portarium_data.attachment limit 1')"
    KEEPER_INSPECT_PERCENT=1 check 'another' exits 0 keeper --once
    seal && notary --once
    KEEPER_INSPECT_PERCENT=1 check 'an object that is gone is seen, whatever the sample' keeper_says 3 'store does not have'
    check 'and heard of' same payloads "$(as ann "select body ->> 'part' from portarium.entries where kind = 'evidence.broken'")"
}

looked_at()
{
    local end=$((SECONDS + 60))
    until [ "$(sql -c 'select objects from portarium_data.inspection where ended is null')" = "$1" ]; do
        [ "$SECONDS" -lt "$end" ] || { sql -c 'table portarium_data.inspection'; return 1; }
        sleep 0.05
    done
}

# It stops at an object of the second page, which is a pipe that nobody writes to, and is killed there.
test_resumed()
{
    local object began
    make_keeper resumed
    put_many 60
    KEEPER_INSPECT_HOURS=0 check 'kept' exits 0 keeper --once
    object=$home/objects/payload/$(sql -c "select portarium.tenant_by_slug('ann')")/$(sql -c 'select payload_id from portarium_data.attachment order by payload_id desc limit 1')
    mv "$object" "$home/kept" && mkfifo "$object"
    start_keeper
    check 'a page is written down' looked_at 50
    began=$(sql -c 'select began from portarium_data.inspection')
    stop_jobs
    rm -f "$object" && mv "$home/kept" "$object"
    check 'the next keeper goes on' exits 0 keeper --once
    check 'each object once' same '60 60 true' "$(outcome objects) $(outcome hashed) $(outcome good)"
    check 'as the same inspection' same "$began" "$(sql -c 'select began from portarium_data.inspection')"
}
