# shellcheck shell=bash
# Checkpoints with the time of an authority that is neither the database nor the notary. The judge is openssl.
#
# shellcheck disable=SC2154
# SPDX-License-Identifier: PostgreSQL

start_authority()
{
    local end=$((SECONDS + 20))
    mkdir -p "$1"
    python3 "$here/authority.py" "$1" 2>>"$home/log" &
    jobs_started+=("$!")
    until [ -s "$1/url" ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

stamps()
{
    find "$home/store/timestamp" -type f 2>/dev/null | wc -l
}

# stamped DIRECTORY: the newest checkpoint, by the authority in this directory.
stamped()
{
    local name
    name=$(cd "$home/store/timestamp" && printf '%s\n' * | tail -n 1)
    openssl ts -verify -in "$home/store/timestamp/$name" -data "$home/store/checkpoint/$name" -CAfile "$1/ca.pem"
}

sign_next()
{
    append ann 1 && seal && exits 0 notary --once
}

# The checkpoint is signed, and no further one has a stamp.
no_stamp()
{
    sign_next && same 1 "$(stamps)"
}

test_stamp()
{
    make_database stamp
    check 'two authorities' eval "start_authority '$home/tsa' && start_authority '$home/other'"
    export NOTARY_TSA_SECONDS=1 NOTARY_TSA_CA_FILE=$home/tsa/ca.pem NOTARY_TSA_URL
    NOTARY_TSA_URL=$(cat "$home/tsa/url")
    check 'signed' sign_next
    check 'with a time stamp' same 1 "$(stamps)"
    check 'that openssl finds good' stamped "$home/tsa"
    check 'and not by another authority' exits 1 stamped "$home/other"
    cp "$home"/store/timestamp/* "$home/tsa/answer"
    check 'an old answer is no stamp of the next checkpoint' no_stamp
    echo nonsense >"$home/tsa/answer"
    check 'nor is nonsense' no_stamp
    NOTARY_TSA_URL=$(cat "$home/other/url")
    check 'nor one of an authority that is not trusted' no_stamp
    check 'it is said each time' same 3 "$(grep -c 'no time stamp' "$home/log")"
    check 'the checkpoints are good all the same' holds ann
    unset NOTARY_TSA_CA_FILE
    check 'an authority needs its certificates' exits 2 notary --once
    unset NOTARY_TSA_URL NOTARY_TSA_SECONDS
    stop_jobs
}
