# shellcheck shell=bash
# A dump, restored into another cluster: the transactions there have other numbers. Sealing says so and stops; after a superuser has
# adopted the evidence the log goes on, under the same name, with the same notary.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# The sealer's refusal, by its SQLSTATE.
sealing_refused()
{
    same 'ERROR:  UP902' "$(sql -c '\set VERBOSITY sqlstate' -c 'select portarium_int.seal()' 2>&1)"
}

leaves()
{
    sql -c 'select count(*) from portarium_data.leaf'
}

# In the other cluster; the roles first, because a dump does not bring them. The guard is off, because a restore alters tables.
restore()
{
    psql -XqAt -d postgres -f "$1/roles.sql" >/dev/null 2>&1
    createdb evidence_test && PGOPTIONS='-c portarium.guard=off' pg_restore --exit-on-error -d evidence_test "$1/dump"
}

test_restored()
{
    home=$1 store=$1/store
    check 'restored' restore "$home"
    check 'every leaf is there' same 5 "$(leaves)"
    check 'sealing refuses' sealing_refused
    check 'and has sealed nothing' same 5 "$(leaves)"
    check 'two entries are to be sealed' same 2 "$(sql -c 'select portarium_int.adopt_evidence()')"
    append ann 1
    check 'sealing goes on' seal
    check 'with every entry once' same 8 "$(leaves)"
    check 'the same notary signs the same log' exits 0 notary --once
    check 'the store is whole' store_is_whole
    check 'bundles hold' eval 'holds ann && holds bob'
    check 'and so says the database' same t "$(as ann 'select ok from portarium.verify_evidence()')"
}

# The dump has five sealed and signed entries, and two that nobody has sealed: the sealer is held meanwhile.
test_restore()
{
    make_database restore
    append ann 3 && append bob 2 && seal && notary --once
    sql -c 'begin' -c 'select from portarium_data.seal_cursor for update' \
        -c "\\! psql -XAtq -U evidence_ann -d evidence_test -c \"select portarium.append_evidence('app.late', '{}')\" -c \"select portarium.append_evidence('app.late', '{}')\" >/dev/null" \
        -c "\\! pg_dump -Fc -f '$home/dump' evidence_test" -c 'commit'
    pg_dumpall --roles-only >"$home/roles.sql"
    "$root/test/cluster.sh" run -o "$options" -- bash "$here/run.sh" --restored "$flavour" "$home"
    read -r ok bad <"$home/counts"
    passed=$((passed + ok)) failed=$((failed + bad))
}
