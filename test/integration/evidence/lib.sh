# shellcheck shell=bash
# Counted checks, a database with two tenants, and the programs under test.
#
# A test begins with make_database, which gives it a database, a key, a store and a state of its own.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

passed=0
failed=0
skipped=0
jobs_started=()

# check NAME COMMAND …: counts the command's outcome; shows its output when it fails. The command runs in this shell, so
# that it can wait for jobs and set variables.
check()
{
    local name=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED   %s: %s\n' "$flavour" "$name"
        tail -n 20 "$work/output" | sed 's/^/    /'
    fi
}

# ended JOB …: each of these jobs ends, and well.
ended()
{
    local job
    for job in "$@"; do
        wait "$job" || { printf 'job %s: status %s\n' "$job" "$?"; return 1; }
    done
}

# same WANTED GOT
same()
{
    [ "$1" = "$2" ] || { printf 'wanted: %s\ngot:    %s\n' "$1" "$2"; return 1; }
}

# exits STATUS COMMAND …: the command ends with this status.
exits()
{
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    same "$wanted" "$status"
}

stop_jobs()
{
    local job
    for job in "${jobs_started[@]}"; do
        kill -9 "$job" 2>/dev/null && wait "$job" 2>/dev/null
    done
    jobs_started=()
}

# sql …: as the superuser. as TENANT SQL: as the login that is bound to the tenant.
sql()
{
    psql -XAtq -v ON_ERROR_STOP=1 -d evidence_test "$@"
}

as()
{
    psql -XAtq -v ON_ERROR_STOP=1 -U "evidence_$1" -d evidence_test -c "$2"
}

# make_database NAME: the extension in this flavour, the tenants ann's and bob's (in the tier bob_tier), the notary's key, store and state.
make_database()
{
    local version
    version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$root/extension/portarium.control")
    [ "$flavour" = native ] || version=${version%+native}
    home=$work/$1
    store=$home/store
    mkdir -p "$store"
    psql -XqAt -v ON_ERROR_STOP=1 -d postgres -c 'set client_min_messages = warning' \
        -c 'drop database if exists evidence_test with (force)' -c 'create database evidence_test' &&
        sql -c 'set client_min_messages = warning' -c "create extension portarium version '$version'" -c 'call portarium.install()' \
            -c 'alter role portarium_notary login' &&
        PGOPTIONS="-c evidence.bob_tier=${bob_tier:-A}" sql -f "$here/tenants.sql" >/dev/null &&
        make_key "$home/key"
}

# make_key FILE: a signing key that the database trusts.
make_key()
{
    "$root/build/portarium-notary" keygen --name "$(sql -c 'select origin from portarium.notary_head()')" --key "$1" &&
        sql -c "select portarium.trust_notary_key('$(cat "$1.vkey")')" >/dev/null
}

# append TENANT COUNT: as many entries, a transaction each.
append()
{
    as "$1" "do \$\$ begin for i in 1 .. $2 loop perform portarium.append_evidence('app.note', jsonb_build_object('n', i)); commit; end loop; end \$\$"
}

# Seals until every committed entry has its leaf.
seal()
{
    sql -c "do \$\$ begin
        for i in 1 .. 2000 loop
            perform portarium_int.seal();
            commit;
            exit when not exists (select from portarium_data.entry e where not exists (
                select from portarium_data.leaf l where (l.tenant_id, l.stream_id, l.seq) = (e.tenant_id, e.stream_id, e.seq)))
                and not exists (select from portarium_data.stirred);
            perform pg_sleep(0.005);
        end loop; end \$\$"
}

# notary PROGRAM-ARGUMENT …: with the test's key, store and state.
notary()
{
    DATABASE_URL="user=portarium_notary dbname=evidence_test" NOTARY_KEY_FILE=${key_file:-$home/key} NOTARY_STORE=$store \
        NOTARY_STATE=$home/state "$root/build/portarium-notary" "$@" 2>>"$home/log"
}

# start_notary: beside the test, until it is stopped.
start_notary()
{
    DATABASE_URL="user=portarium_notary dbname=evidence_test" NOTARY_KEY_FILE=$home/key NOTARY_STORE=$store \
        NOTARY_STATE=$home/state NOTARY_INTERVAL_MS=20 "$root/build/portarium-notary" >/dev/null 2>>"$home/log" &
    jobs_started+=("$!")
}

# refuses TEXT: the notary ends with status 3 and says so.
refuses()
{
    : >"$home/log"
    exits 3 notary --once || return 1
    cat "$home/log"
    grep -F "$1" "$home/log"
}

export_to()
{
    as "$1" 'select portarium.export_evidence()' >"$2"
}

verify()
{
    "$root/build/portarium-verify" "$@"
}

# holds TENANT: what the tenant exports now is good by the test's key.
holds()
{
    export_to "$1" "$home/$1.jsonl" && verify --key "$home/key.vkey" "$home/$1.jsonl"
}
