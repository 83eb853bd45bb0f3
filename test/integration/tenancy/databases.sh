# shellcheck shell=bash
# The matrix for tenants of tier C: who may enter their databases, what is behind the wall there, and what of one tenant another can tell from
# its own database. Then the doors with a hole in them.
#
# shellcheck disable=SC2154  # here and work are run.sh's
# SPDX-License-Identifier: PostgreSQL

of_control()
{
    psql -XqAt -v ON_ERROR_STOP=1 -d control "$@"
}

make_databases()
{
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c 'create database control' &&
        of_control -c 'set client_min_messages = warning' -c "create extension portarium version '$1'" -c 'call portarium.install()' \
            -c 'create extension pgtap' -c "select portarium.add_context_key('k1', sha256('engine tests'))" \
            -c "select portarium.create_tenant('acme', tier => 'C'), portarium.create_tenant('other', tier => 'C')" >/dev/null &&
        PGDATABASE=control docker/operations/provision >/dev/null &&
        psql -XqAt -d "$(database_of acme)" -c 'create extension pgtap' && psql -XqAt -d "$(database_of other)" -c 'create extension pgtap'
}

id_of()
{
    of_control -c "select portarium.tenant_by_slug('$1')"
}

database_of()
{
    of_control -c "select database from portarium.route(portarium.tenant_by_slug('$1'))"
}

# tap NAME DATABASE FILE ARGUMENT …: a pgTAP file is green, to its end.
tap()
{
    local name=$1 database=$2 file=$3
    shift 3
    psql -XqAt -v ON_ERROR_STOP=1 -v acme="$(id_of acme)" -v other="$(id_of other)" "$@" -d "$database" <"$here/$file.sql" >"$work/tap" 2>&1
    awk -f test/suite/tap.awk "$work/tap" >"$work/verdicts"
    ! grep -v '^pass' "$work/verdicts" >"$work/red"
    verdict "$name" $? "$work/tap"
}

# A token that is good in the tenant's own database.
token_of()
{
    psql -XqAt -d "$(database_of "$1")" -c "select portarium.context_token('$(id_of "$1")', 'eve', '{admin}', 'k1', sha256('engine tests'))"
}

# open_door NAME DATABASE ROLE: a hole in the way into a tenant's database, which health() and the matrix see.
open_door()
{
    of_control -c "grant connect on database $2 to $3"
    [ "$(of_control -c "select count(*) from portarium.health() where severity = 'error'")" -gt 0 ]
    verdict "$1: health() says so" $?
    psql -XqAt -v ON_ERROR_STOP=1 -d control <"$here/doors.sql" >"$work/tap" 2>&1
    grep -q '^not ok' "$work/tap"
    verdict "$1: the tests are red" $? "$work/tap"
    of_control -c "revoke connect on database $2 from $3"
}

# databases VERSION
databases()
{
    local acme
    make_databases "$1"
    verdict "$1: a database for each of two tenants" $?
    acme=$(database_of acme)
    tap "$1, tier C: who may enter" control doors
    tap "$1, tier C: the matrix at home" "$acme" at_home -v possession="$work/possession"
    tap "$1, tier C: what is asked elsewhere" "$(database_of other)" elsewhere -v possession="$(cat "$work/possession")" -v token="$(token_of acme)"
    open_door "$1, tier C: everybody may connect" "$acme" public
    open_door "$1, tier C: applications may connect" "$acme" portarium_app
}
