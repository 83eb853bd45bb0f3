# shellcheck shell=bash
# Whoever owns the database rewrites history, with every hash in it made to fit. The notary signs no second history, and
# what was signed and exported before convicts it.
#
# shellcheck disable=SC2154
# SPDX-License-Identifier: PostgreSQL

# rewrite SQL: changes made with a superuser's power, then every leaf, tree and the meta-log computed again.
rewrite()
{
    sql -c 'begin' -c "$1" -f "$here/recompute.sql" -c 'commit'
}

verified()
{
    as ann 'select ok, bad_index, reason from portarium.verify_evidence()'
}

# attack NAME SQL: on a fresh log with six signed entries.
attack()
{
    make_database "attack-$1"
    append ann 6 && append bob 2 && seal && notary --once && export_to ann "$home/before.jsonl"
    check "$1: rewritten" rewrite "$2"
    check "$1: the database is of one piece" same 't' "$(as ann 'select ok from portarium_test.unsigned()')"
    append ann 1 && seal
    check "$1: the notary refuses" refuses 'UP902'
    check "$1: and again" refuses 'UP902'
    check "$1: the old bundle still holds" verify --key "$home/key.vkey" "$home/before.jsonl"
    export_to ann "$home/after.jsonl"
    check "$1: the new one does not" exits 1 verify --key "$home/key.vkey" "$home/after.jsonl"
    check "$1: seen in the database too" same f "$(verified | cut -d'|' -f1)"
}

leaf_of()
{
    printf "(select stream_id from portarium_data.leaf join portarium_data.tenant using (tenant_id) where slug = 'ann' and idx = %s)" "$1"
}

test_rewrites()
{
    attack edited "update portarium_data.entry set canon = convert_to('{\"n\":1000000}', 'UTF8') where stream_id = $(leaf_of 2)"
    attack deleted "with gone as (delete from portarium_data.entry where stream_id = $(leaf_of 3) returning stream_id)
        delete from portarium_data.leaf where stream_id in (select stream_id from gone)"
    attack exchanged "update portarium_data.leaf l set idx = case l.idx when 1 then -2 else -1 end
        where l.idx in (1, 2) and l.tenant_id = (select tenant_id from portarium_data.tenant where slug = 'ann');
        update portarium_data.leaf set idx = -idx where idx < 0"
    attack truncated "with gone as (delete from portarium_data.leaf where idx >= 4 returning stream_id)
        delete from portarium_data.entry where stream_id in (select stream_id from gone)"
}

# The log as it was some time ago, as after a restore of an old backup.
test_rollback()
{
    make_database rollback
    append ann 3 && seal && notary --once
    psql -XqAt -d postgres -c 'select pg_terminate_backend(pid) from pg_stat_activity
        where datname = '"'evidence_test'"'' -c 'create database evidence_old template evidence_test' >/dev/null
    append ann 3 && seal && notary --once
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c 'drop database evidence_test with (force)' -c 'alter database evidence_old rename to evidence_test'
    check 'a log that is shorter than what was signed' refuses 'log has shrunk'
    append ann 3 && seal_once
    check 'it does not grow any more' refuses 'log has shrunk'
}

# A forged note in the table: seen where Ed25519 is.
test_forged_note()
{
    make_database forged
    append ann 3 && seal && notary --once
    sql -c "update portarium_data.checkpoint set note = regexp_replace(note, '([A-Za-z0-9+/]{20})([A-Za-z0-9+/]{20})(.{30}=)\n\$', '\2\1\3' || e'\n')"
    export_to ann "$home/forged.jsonl"
    check 'the verifier sees a forged signature' exits 1 verify --key "$home/key.vkey" "$home/forged.jsonl"
    if [ "$flavour" = native ]; then
        check 'so does the database' same f "$(verified | cut -d'|' -f1)"
    else
        check 'the managed flavour says that it cannot' eval "as ann 'select tier from portarium.verify_evidence()' | grep -F 'not checked'"
    fi
}

test_superuser()
{
    test_rewrites
    test_rollback
    test_forged_note
}
