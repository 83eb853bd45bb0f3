# shellcheck shell=bash
# Counted checks and doors to the databases.
#
# shellcheck disable=SC2154,SC2034  # cluster and work are run.sh's, native and managed for the other parts
# SPDX-License-Identifier: PostgreSQL

passed=0
failed=0
skipped=0
native=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$root/extension/portarium.control")
managed=${native%+native}

# check NAME COMMAND …: counts the command's outcome; shows its output when it fails.
check()
{
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED   %s: %s\n' "$cluster" "$name"
        printf '%s\n' "$output" | tail -n 20 | sed 's/^/    /'
    fi
}

# skip NAME REASON
skip()
{
    skipped=$((skipped + 1))
    printf 'skipped  %s: %s: %s\n' "$cluster" "$1" "$2"
}

# same WANTED GOT
same()
{
    [ "$1" = "$2" ] || { printf 'wanted: %s\ngot:    %s\n' "$1" "$2"; return 1; }
}

# eventually SECONDS COMMAND …: the command succeeds before that many seconds are over.
eventually()
{
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            "$@"
            return
        fi
        sleep 0.05
    done
}

# sql DATABASE ARGUMENT …
sql()
{
    local database=$1
    shift
    psql -XAtq -v ON_ERROR_STOP=1 -d "$database" "$@"
}

# sql_is WANTED DATABASE QUERY
sql_is()
{
    same "$1" "$(sql "$2" -c "$3")"
}

# refused SQLSTATE DATABASE STATEMENT …: the last statement fails with that SQLSTATE, and the others do not.
refused()
{
    local code=$1 database=$2 statement output
    local -a arguments=()
    shift 2
    for statement in "$@"; do arguments+=(-c "$statement"); done
    output=$(psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -d "$database" "${arguments[@]}" 2>&1) && {
        printf 'not refused: %s\n' "$*"
        return 1
    }
    same "ERROR:  $code" "$(tail -n 1 <<<"$output")"
}

# make_database NAME VERSION: fresh, with the extension installed.
make_database()
{
    psql -XAtq -v ON_ERROR_STOP=1 -d postgres -c "create database $1" &&
        sql "$1" -c 'set client_min_messages = warning' -c "create extension portarium version '$2'" -c 'call portarium.install()' >/dev/null
}
