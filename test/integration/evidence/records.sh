# shellcheck shell=bash
# Dispositions as both verifiers see them: what went lawfully may be missing, nothing else may, and what is withheld keeps its place.
# The superuser's ways around the rules of the database are tried one after the other; the entries give each away.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# Runs of ann's that are as old as $1 days, in one transaction with their entries; each with an input that the entry commits to.
old_runs()
{
    sql -c "select portarium.bind_login(session_user, portarium.tenant_by_slug('ann'), 'ann', '{admin}')" >/dev/null
    sql -c 'begin' -c "select portarium.register_workflow('note', '{\"StartAt\": \"N\", \"States\": {\"N\": {\"Type\": \"Succeed\"}}}'::jsonb)" \
        -c "select portarium.start_run('note', jsonb_build_object('n', n, 'text', repeat('\"', 200))) from generate_series(1, 6) n" \
        -c "update portarium_data.entry set at = at - make_interval(days => $1) where xid = pg_current_xact_id()::text::bigint" \
        -c "update portarium_data.run set ended_at = ended_at - make_interval(days => $1) where xmin = pg_current_xact_id()::xid" -c 'commit' >/dev/null
}

signed()
{
    seal && notary --once
}

# A tenant with six old runs, a retention, and a second person; the first is ann.
make_records()
{
    make_database "$1"
    old_runs 40
    sql -c "do \$\$ begin create role evidence_rex login in role portarium_app; exception when duplicate_object then null; end \$\$" \
        -c "select portarium.bind_login('evidence_rex', portarium.tenant_by_slug('ann'), 'rex', '{records}')" \
        -c "select portarium.bind_login('evidence_ann', portarium.tenant_by_slug('ann'), 'ann', '{admin}')" >/dev/null
    as ann "select portarium.set_retention('history', 'Operational', 30)" >/dev/null
    signed
}

# authorised: a disposition of what is due in history, authorised and signed.
authorised()
{
    disposition=$(as ann "select portarium.propose_disposition('history', 'tidy')")
    as rex "select portarium.decide_disposition('$disposition', 'approve')" >/dev/null && signed
}

carried_out()
{
    same DONE "$(as ann "select portarium.dispose('$disposition')")" && signed
}

both_hold()
{
    holds ann && second --key "$home/key.vkey" "$home/ann.jsonl"
}

# both_refuse TEXT INDEX: ours says so of the entry, and the other finds the same entry.
both_refuse()
{
    export_to ann "$home/ann.jsonl"
    refused "$1" "$2"
}

refused()
{
    exits 1 verify --key "$home/key.vkey" "$home/ann.jsonl" >"$home/said" || return 1
    cat "$home/said"
    grep -F "entry $2, line" "$home/said" >/dev/null && grep -F "$1" "$home/said" >/dev/null || return 1
    second --key "$home/key.vkey" "$home/ann.jsonl" >"$home/said" && return 1
    cat "$home/said"
    grep -F "\"bad_index\": $2," "$home/said" >/dev/null
}

reports()
{
    local report
    report=$(verify --json --key "$home/key.vkey" "$home/ann.jsonl") && grep -qF "$1" <<<"$report"
}

# edited SCRIPT: the bundle after an edit of its lines, with the trailer made to fit.
edited()
{
    python3 - "$home/ann.jsonl" "$1" <<'PY'
import hashlib, json, sys
path, script = sys.argv[1:]
lines = [json.loads(line) for line in open(path)][:-1]
exec(script)
digest, count = bytes(32), len(lines)
with open(path, "w") as file:
    for line in lines + [None]:
        line = line or {"type": "end", "lines": count, "sha256": digest.hex()}
        text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        if line["type"] not in ("entry", "withheld", "disposed", "payload"):
            digest = hashlib.sha256(digest + text.encode()).digest()
        file.write(text)
PY
}

# Only what is asked for is said, and it holds all the same.
test_disclosure()
{
    local run other
    make_records disclosure
    run=$(sql -c "select run_id from portarium.runs where input ->> 'n' = '2'")
    other=$(sql -c "select run_id from portarium.runs where input ->> 'n' = '3'")
    as ann 'select portarium.export_evidence(payloads => true)' >"$home/ann.jsonl"
    check 'with payloads it holds' verify --key "$home/key.vkey" "$home/ann.jsonl"
    check 'so says the second verifier' second --key "$home/key.vkey" "$home/ann.jsonl"
    check 'inputs and outputs of six runs' reports '"payloads":12'
    check 'a payload was changed' edited 'next(l for l in lines if l["type"] == "payload" and l["member"] == "in")["data"] = "{}"'
    check 'and is seen' refused 'payload "in" is not what the entry commits to' 1
    as ann 'select portarium.export_evidence(payloads => true)' >"$home/ann.jsonl"
    check 'a payload stands behind another entry' edited 'i = next(i for i, l in enumerate(lines) if l["type"] == "payload"); lines.insert(2, lines.pop(i))'
    check 'and is seen there' refused 'payload does not stand behind an entry that commits to it' 0
    as ann "select portarium.export_evidence('$run', payloads => true)" >"$home/ann.jsonl"
    check 'one run holds' verify --key "$home/key.vkey" "$home/ann.jsonl"
    check 'also for the second verifier' second --key "$home/key.vkey" "$home/ann.jsonl"
    check 'the report says how much is withheld' reports '"withheld":6,"disposed":0,"payloads":2'
    check 'nothing of another run is in it' eval "! grep -F '$other' '$home/ann.jsonl'"
    check 'the run is' grep -F "$run" "$home/ann.jsonl"
    check 'a withheld entry was exchanged' edited 'l = [l for l in lines if l["type"] == "withheld"]; l[2]["entry_hash"] = l[1]["entry_hash"]'
    check 'and is seen by its leaf' refused 'leaf hash' 3
    as ann 'select portarium.export_evidence(from_index => 2, to_index => 4)' >"$home/ann.jsonl"
    check 'a range' reports '"withheld":5,"disposed":0,"payloads":0'
}

test_lawful()
{
    make_records lawful
    authorised
    check 'carried out' carried_out
    check 'what is missing is lawful' both_hold
    check 'the report says how much' reports '"disposed":6'
    check 'and so says the database' same t "$(as ann 'select ok from portarium.verify_evidence()')"
    check 'no proof of what is gone' same '' "$(as ann "select portarium.evidence_proof('$(sql -c 'select item_id from portarium_data.disposition_item limit 1')')")"
    export_to ann "$home/ann.jsonl"
    check 'an entry that is there is called disposed of' edited "l = lines[1]; lines[1] = {k: l[k] for k in
        ('at', 'entry_hash', 'index', 'kind', 'leaf_hash', 'seq', 'stream')} | {'type': 'disposed', 'disposition': '$disposition', 'kind': 'run.started'}"
    check 'and is no part of what was authorised' refused 'authorised other entries' 0
    export_to ann "$home/ann.jsonl"
    check 'the authorisation is withheld' edited 'i, l = next((i, l) for i, l in enumerate(lines) if l.get("kind") == "disposition.authorised");
lines[i] = {k: l[k] for k in ("entry_hash", "index", "leaf_hash")} | {"type": "withheld"}'
    check 'and that is seen' refused 'record 3 of retention, holds and dispositions is not there' 1
    export_to ann "$home/ann.jsonl"
    check 'another time is claimed' edited 'next(l for l in lines if l["type"] == "disposed")["at"] = "2020-01-01T00:00:00.000000Z"'
    check 'and is not the one that was authorised' refused 'authorised other entries' 1
}

# A bundle with every kind of line that can stand for an entry.
test_every_byte()
{
    make_records bytes
    authorised && carried_out
    as ann "select portarium.start_run('note', '{\"n\": 7}')" >/dev/null && signed
    as ann 'select portarium.export_evidence(from_index => 1, payloads => true)' >"$home/ann.jsonl"
    check 'withheld, disposed of, and with payloads' reports '"withheld":1,"disposed":6,"payloads":2'
    check 'it holds' verify --key "$home/key.vkey" "$home/ann.jsonl"
    check 'and none of its bytes can be changed' python3 "$here/tamper.py" "$root/build/portarium-verify" "$home/key.vkey" "$home/ann.jsonl" bytes
}

test_unlawful()
{
    make_records deleted
    sql -c "delete from portarium_data.entry e using portarium_data.leaf l where l.stream_id = e.stream_id and l.seq = e.seq and l.idx = 3 and l.tenant_id = e.tenant_id"
    check 'deleted, and nobody said so' both_refuse 'the database has lost it' 3
    sql -c "insert into portarium_data.disposition (tenant_id, disposition_id, action, category, before, policy, items, digest, status, reason, proposed_by)
        select tenant_id, '00000000-0000-4000-8000-0000000000dd', 'Destroy', 'history', now(), 1, 1, '', 'DONE', 'x', 'x' from portarium_data.tenant where slug = 'ann'" \
        -c "insert into portarium_data.disposition_item select tenant_id, stream_id, seq, '00000000-0000-4000-8000-0000000000dd', idx, now() - interval '40 days', entry_hash, 'run.succeeded'
        from portarium_data.leaf where idx = 3 and tenant_id = portarium.tenant_by_slug('ann')"
    check 'deleted, and a row says so' both_refuse 'was never authorised' 3

    make_records held
    as ann "select portarium.place_hold('case', category => 'history')" >/dev/null
    sql -c "update portarium_data.hold set released_at = now() - interval '1 day'"
    authorised && carried_out
    check 'a hold that only the table forgot' both_refuse 'took away what was held' 1

    make_records late_hold
    authorised
    as ann "select portarium.place_hold('case')" >/dev/null
    sql -c 'delete from portarium_data.hold'
    carried_out
    check 'a hold between the authorisation and the deed' both_refuse 'took away what was held' 1

    make_records young
    sql -c "update portarium_data.retention set days = 0"
    authorised && carried_out
    check 'a retention that only the table shortened' both_refuse 'was authorised before the time was over' 1

    make_records alone
    disposition=$(as ann "select portarium.propose_disposition('history', 'tidy')")
    sql -c "update portarium_data.disposition set proposed_by = 'rex'"
    as ann "select portarium.decide_disposition('$disposition', 'approve')" >/dev/null && signed && carried_out
    check 'one person who plays two' both_refuse 'was not proposed like this' 1

    make_records more
    authorised
    sql -c "insert into portarium_data.disposition_item select tenant_id, stream_id, seq, '$disposition', idx, now() - interval '40 days', entry_hash, 'app.x'
        from portarium_data.leaf where idx = 0 and tenant_id = portarium.tenant_by_slug('ann')"
    check 'more than was authorised is refused' exits 1 as ann "select portarium.dispose('$disposition')"
}

test_records()
{
    test_disclosure
    test_lawful
    test_every_byte
    test_unlawful
}
