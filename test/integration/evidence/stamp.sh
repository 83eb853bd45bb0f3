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

bundle()
{
    as ann "select portarium.export_evidence(stamped => $1)" >"$home/bundle"
}

# judged STATUS [CA]: by portarium-verify, which trusts this authority, or none.
judged()
{
    exits "$1" verify --key "$home/key.vkey" ${2:+--tsa "$2"} "$home/bundle"
}

# The other verifier, which does not judge the signature.
agreed()
{
    exits "$1" python3 "$root/test/verifier/verify.py" --key "$home/key.vkey" "$home/bundle"
}

# tells TEXT [CA]: it holds, and the report has this.
tells()
{
    judged 0 ${2:+"$2"} && judged 0 ${2:+"$2"} | grep -F "$1"
}

# with_stamp COMMAND …: the bundle's time stamp goes through the command; the last line fits again.
with_stamp()
{
    python3 - "$home/bundle" "$@" <<'PYTHON'
import hashlib, json, subprocess, sys
lines = [line + "\n" for line in open(sys.argv[1]).read().splitlines()][:-1]
if '"type":"stamp"' not in lines[-1]:
    lines.append('{"answer":"","type":"stamp"}\n')
lines[-1] = subprocess.run(sys.argv[2:], input=lines[-1], text=True, capture_output=True, check=True).stdout
lines = [line for line in lines if line]
digest = bytes(32)
for line in lines:
    if not line.endswith('"type":"entry"}\n'):
        digest = hashlib.sha256(digest + line.encode()).digest()
lines.append(json.dumps({"lines": len(lines), "sha256": digest.hex(), "type": "end"}, separators=(",", ":")) + "\n")
open(sys.argv[1], "w").write("".join(lines))
PYTHON
}

stamps_in_bundles()
{
    bundle true
    grep '"type":"stamp"' "$home/bundle" >"$home/stamp_line"
    check 'a bundle has it' tells 'by whom --tsa vouches for' "$home/tsa/ca.pem"
    check 'which says when' tells "time stamp  $(date -u +%Y)" "$home/tsa/ca.pem"
    check 'no byte of it can be another' python3 "$here/tamper.py" "$root/build/portarium-verify" "$home/key.vkey" "$home/bundle" bytes
    check 'nobody is trusted unasked' tells 'there is no --tsa'
    check 'the other verifier agrees' agreed 0
    check 'another authority does not vouch for it' judged 1 "$home/other/ca.pem"
    check 'nor do certificates that are not there' judged 1 "$home/nothing"
    check 'a proof has none' exits 2 verify --proof --tsa "$home/tsa/ca.pem" "$home/bundle"
    with_stamp sed 's/"answer":"...../"answer":"MIIAA/'
    check 'a stamp that is none' eval "judged 1 '$home/tsa/ca.pem' && judged 1 && agreed 1"
    with_stamp true
    check 'a bundle without one' eval 'judged 0 && agreed 0'
    check 'is not enough for who asks for one' judged 1 "$home/tsa/ca.pem"
}

# The newest checkpoint has none.
older_stamps()
{
    bundle false
    check 'without a stamp' eval "judged 0 && judged 1 '$home/tsa/ca.pem'"
    with_stamp cat "$home/stamp_line"
    check 'the stamp of another checkpoint' eval "judged 1 && judged 1 '$home/tsa/ca.pem' && agreed 1"
    bundle true
    check 'a bundle goes up to the newest that has one' tells 'by whom --tsa vouches for' "$home/tsa/ca.pem"
    check 'nobody takes a stamp of no checkpoint' same 'ERROR:  UP902' \
        "$(sql -v VERBOSITY=sqlstate -c "select portarium.notary_stamped(999999, 'x')" 2>&1)"
    check 'nor one without end' same 'ERROR:  UP005' \
        "$(sql -v VERBOSITY=sqlstate -c "select portarium.notary_stamped(1, decode(repeat('00', 65537), 'hex'))" 2>&1)"
}

test_stamp()
{
    make_database stamp
    append ann 1 && seal && notary --once
    check 'no bundle with a stamp before there is one' same 'ERROR:  55000' \
        "$(psql -XAtq -v VERBOSITY=sqlstate -U evidence_ann -d evidence_test -c 'select portarium.export_evidence(stamped => true)' 2>&1)"
    check 'two authorities' eval "start_authority '$home/tsa' && start_authority '$home/other'"
    export NOTARY_TSA_SECONDS=1 NOTARY_TSA_CA_FILE=$home/tsa/ca.pem NOTARY_TSA_URL
    NOTARY_TSA_URL=$(cat "$home/tsa/url")
    check 'signed' sign_next
    check 'with a time stamp' same 1 "$(stamps)"
    check 'that openssl finds good' stamped "$home/tsa"
    check 'and not by another authority' exits 1 stamped "$home/other"
    stamps_in_bundles
    cp "$home"/store/timestamp/* "$home/tsa/answer"
    check 'an old answer is no stamp of the next checkpoint' no_stamp
    echo nonsense >"$home/tsa/answer"
    check 'nor is nonsense' no_stamp
    NOTARY_TSA_URL=$(cat "$home/other/url")
    check 'nor one of an authority that is not trusted' no_stamp
    check 'it is said each time' same 3 "$(grep -c 'no time stamp' "$home/log")"
    check 'the checkpoints are good all the same' holds ann
    older_stamps
    unset NOTARY_TSA_CA_FILE
    check 'an authority needs its certificates' exits 2 notary --once
    unset NOTARY_TSA_URL NOTARY_TSA_SECONDS
    stop_jobs
}
