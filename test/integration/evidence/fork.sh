# shellcheck shell=bash
# A log that was set back behind everybody's back, and grew again before the notary looked: sealing stops with a finding; what was never
# signed makes way, what was comes back.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# The database as a copy of an earlier one: no new timeline tells that anything happened.
set_back()
{
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c 'drop database evidence_test with (force)' -c 'alter database evidence_old rename to evidence_test'
}

keep_copy()
{
    psql -XqAt -d postgres -c "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'evidence_test'" \
        -c 'create database evidence_old template evidence_test' >/dev/null
}

forked()
{
    bob_tier=B make_database fork
    append ann 300 && append bob 3 && seal && notary --once
    keep_copy
    append ann 300 && append bob 2 && seal && notary --once
    set_back
    append ann 350 && append bob 3 && seal
}

leaf_count()
{
    sql -c "select sum(size) from portarium_data.tree where epoch = $1"
}

test_fork()
{
    local size
    forked
    check 'the notary refuses' refuses UP902
    append ann 1 && seal_once
    check 'and nothing is sealed any more' waits
    check 'each tenant is told once' same 1 "$(refuses UP902 >/dev/null; as bob "select count(*) from portarium.entries where kind = 'evidence.refused'")"
    check 'leaves are not cut without a declaration' says 55000 stated 'select portarium_int.cut_evidence(1)'
    sql -c "select portarium.declare_recovery('somebody set the log back')" >/dev/null
    check 'what was never signed is in the way' recovers 3
    size=$(sed -n 's/.*cut_evidence(\([0-9]*\)).*/\1/p' "$home/log" | tail -n 1)
    check 'the notary says where' [ -n "$size" ]
    check 'only a superuser cuts' says 42501 psql -XAtq -U evidence_ann -d evidence_test -c '\set VERBOSITY sqlstate' -c "select portarium_int.cut_evidence($size)"
    check 'cut' [ "$(sql -c "select portarium_int.cut_evidence($size)")" -ge 353 ]
    check 'recovered' recovers 0
    check 'every signed leaf is back' same 605 "$(leaf_count 1)"
    check 'the notary is content' exits 0 notary --once
    check 'sealing goes on' eval 'seal && notary --once && all_is_signed'
    check 'the store is whole' store_is_whole
    check 'with every entry that is there' same '351 3' \
        "$(as ann "select count(*) from portarium.entries where kind = 'app.note'") $(as bob "select count(*) from portarium.entries where kind = 'app.note'")"
    check 'both epochs hold' eval 'epoch_of ann 1 && epoch_of ann 2 && epoch_of bob 1 && epoch_of bob 2'
    check 'and so says the database' same t "$(as ann 'select ok from portarium.verify_evidence()')"
    check 'an audit finds it good' audited
    test_epoch_rules
}

# The notary opens no epoch that was not declared, and lets none grow that is over.
test_epoch_rules()
{
    sql -c 'update portarium_data.meta_tree set epoch = 3'
    append ann 1 && seal
    check 'an epoch that nobody declared' refuses 'an epoch that nobody declared'
    make_database over
    append ann 1 && seal && notary --once
    python3 "$here/restate.py" "$home/state" epoch '2 1'
    append ann 1 && seal
    check 'an epoch that is over' refuses 'an epoch that is over'
}
