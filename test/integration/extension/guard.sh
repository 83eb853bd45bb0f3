# shellcheck shell=bash
# Evidence is kept from DDL, by whatever statement it comes; what is not evidence is not.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

test_guard()
{
    local table
    make_database guarded "$native"
    for table in entry leaf chunk tree checkpoint meta_leaf meta_chunk; do
        check "truncate $table" refused UP901 guarded "truncate portarium_data.$table"
        check "drop $table" refused UP901 guarded "drop table portarium_data.$table cascade"
        check "alter $table" refused UP901 guarded "alter table portarium_data.$table add x int"
    done
    check 'drop a column' refused UP901 guarded 'alter table portarium_data.entry drop column canon'
    check 'rename' refused UP901 guarded 'alter table portarium_data.entry rename to other'
    check 'rename a column' refused UP901 guarded 'alter table portarium_data.entry rename column canon to other'
    check 'move to another schema' refused UP901 guarded 'alter table portarium_data.entry set schema public'
    check 'switch the wall off' refused UP901 guarded 'alter table portarium_data.entry disable row level security'
    check 'drop the schema' refused UP901 guarded 'drop schema portarium_data cascade'
    check 'drop what the owner owns' refused UP901 guarded 'drop extension portarium cascade' 'drop owned by portarium_owner cascade'
    check 'truncate by another table' refused UP901 guarded 'truncate portarium_data.run, portarium_data.leaf'
    check 'tier B' refused UP901 guarded 'create schema pt_x create table leaf (i int)' 'drop table pt_x.leaf'
    check 'made in this transaction' sql guarded -1 -c 'create schema pt_y create table leaf (i int)' \
        -c 'alter table pt_y.leaf add j int' -c 'truncate pt_y.leaf' -c 'drop table pt_y.leaf'
    check 'a table of that name elsewhere' sql guarded -c 'create table entry (i int)' -c 'alter table entry add j int' -c 'drop table entry'
    check 'maintenance' sql guarded -c 'vacuum full portarium_data.entry' -c 'reindex table portarium_data.entry' -c 'analyze portarium_data.entry'
    check 'off by a superuser' sql guarded -1 -c 'set local portarium.guard = off' -c 'alter table portarium_data.entry add x int'
    check 'off by nobody else' refused 42501 guarded 'create role guard_app' 'set role guard_app' 'set portarium.guard = off'
    psql -Xq -d postgres -c 'drop database guarded' -c 'drop role guard_app'
}
