# shellcheck shell=bash
# A real bundle: it holds, and no change of it does.
#
# shellcheck disable=SC2154
# SPDX-License-Identifier: PostgreSQL

# second …: the verifier that shares no code with ours.
second()
{
    python3 "$root/test/verifier/verify.py" "$@"
}

report_has()
{
    local report
    report=$(verify --json "${@:2}") && grep -qF "$1" <<<"$report"
}

proof_holds()
{
    as ann "select portarium.evidence_proof(run_id) from portarium.entries where index = $1" >"$home/$1.tlog-proof" &&
        verify --proof --key "$home/key.vkey" "$home/$1.tlog-proof"
}

# proof_changed TEXT TEXT: the one for the other in extra.
proof_changed()
{
    python3 - "$home/5.tlog-proof" "$1" "$2" <<'PY'
import base64, re, sys
path, old, new = sys.argv[1:]
text = open(path).read()
extra = re.search("extra (.*)", text)[1]
changed = base64.b64decode(extra).replace(old.encode(), new.encode())
assert changed != base64.b64decode(extra)
sys.stdout.write(text.replace(extra, base64.b64encode(changed).decode()))
PY
}

# The proof of entry 5 under the meta leaf next to its own.
moved()
{
    awk '$1 == "index" { $2 = $2 ? $2 - 1 : 1 } { print }' "$home/5.tlog-proof"
}

test_proofs()
{
    local bob
    for index in 0 5 12; do
        check "proof of entry $index" proof_holds "$index"
        check "by the second verifier" second --proof --key "$home/key.vkey" "$home/$index.tlog-proof"
    done
    check 'a proof needs a key' exits 2 verify --proof "$home/5.tlog-proof"
    check 'a proof is of one tenant' eval \
        "proof_changed '\"tenant\":\"0' '\"tenant\":\"1' | exits 1 verify --proof --key '$home/key.vkey' -"
    check 'and of one entry' eval "proof_changed '\"index\":5' '\"index\":6' | exits 1 verify --proof --key '$home/key.vkey' -"
    check 'not of another meta leaf' eval "moved | exits 1 verify --proof --key '$home/key.vkey' -"
    check 'cut' eval "head -n 3 '$home/5.tlog-proof' | exits 2 verify --proof --key '$home/key.vkey' -"
    bob=$(sql -c "select stream_id from portarium_data.entry join portarium_data.tenant using (tenant_id) where slug = 'bob' limit 1")
    check 'no proof of another tenant' same '' "$(as ann "select portarium.evidence_proof('$bob')")"
}

# Also what no sane application writes.
append_odd()
{
    as ann "do \$\$ begin
        perform portarium.append_evidence('app.odd', '{\"text\": \"\\\"\\\\\\\\ \\b\\f\\n\\r\\t\\u0001\\u001f\\u007f/\\u00e9\\u20ac\\ud83d\\ude00\", \"\": [], \"n\": -9007199254740991}');
        perform portarium.append_evidence('app.big', jsonb_build_object('text', repeat('\"', 32000)));
    end \$\$"
}

test_bundle()
{
    make_database bundle
    check 'entries' append ann 11
    check 'odd entries' append_odd
    check 'another tenant' append bob 3
    check 'sealed' seal
    check 'nothing to export before it is signed' exits 1 as ann 'select portarium.export_evidence()'
    check 'signed' exits 0 notary --once
    check 'the bundle holds by the key' holds ann
    check 'the other bundle holds' holds bob
    check 'so says the second verifier' second --key "$home/key.vkey" "$home/ann.jsonl"
    check 'also by its own key' second "$home/bob.jsonl"
    check 'and not by another' exits 1 second --key 'portarium.local/test+d064d146+AVvjhvCZ8jA841Xnf0rXZjdK/PrgK9XPxCYdRnlA7Hp8' "$home/ann.jsonl"
    check 'by a key on the command line' verify --key "$(cat "$home/key.vkey")" "$home/ann.jsonl"
    check 'by its own key, and the report says so' report_has '"key_from":"evidence"' "$home/ann.jsonl"
    check 'the report says when the key was given' report_has '"key_from":"argument"' --key "$home/key.vkey" "$home/ann.jsonl"
    check 'a person at a terminal sees how far it is' eval "script -qec '$root/build/portarium-verify $home/ann.jsonl' /dev/null </dev/null | grep -F '100 %  13 of 13'"
    check 'a program does not' same '' "$(verify "$home/ann.jsonl" 2>&1 >/dev/null)"
    check 'from the standard input' eval "exits 0 verify - <'$home/ann.jsonl'"
    check 'not by another key' exits 1 verify --key 'portarium.local/test+d064d146+AVvjhvCZ8jA841Xnf0rXZjdK/PrgK9XPxCYdRnlA7Hp8' "$home/ann.jsonl"
    check 'no file' exits 2 verify "$home/nothing"
    check 'another file' exits 2 verify "$root/README.md"
    check 'an empty file' exits 2 verify /dev/null
    check 'no argument' exits 2 verify
    test_proofs
    check 'sampled changes of every line' python3 "$here/tamper.py" "$root/build/portarium-verify" "$home/key.vkey" "$home/ann.jsonl"
    check 'verified in the database' same "t|13" "$(as ann 'select ok, checked from portarium.verify_evidence()')"
    check 'and it says what it checked' tier_is_honest
}

tier_is_honest()
{
    if [ "$flavour" = native ]; then
        same 'entries, leaves, tree, checkpoints, signatures' "$(as ann 'select tier from portarium.verify_evidence()')"
    else
        grep -qF 'signatures not checked' <(as ann 'select tier from portarium.verify_evidence()')
    fi
}
