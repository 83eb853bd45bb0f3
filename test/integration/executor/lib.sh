# shellcheck shell=bash
# Counted checks and doors to the database.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and daemons.sh, and for them
# SPDX-License-Identifier: PostgreSQL

passed=0
failed=0
tenant=00000000-0000-4000-8000-0000000000d1

# check NAME COMMAND …: counts the command's outcome; shows its output when it fails.
check()
{
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED   %s: %s\n' "$flavour" "$name"
        printf '%s\n' "$output" | tail -n 20 | sed 's/^/    /'
    fi
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
        sleep 0.1
    done
}

sql()
{
    psql -XAtq -v ON_ERROR_STOP=1 -d executor_test "$@"
}

sql_is()
{
    same "$1" "$(sql -c "$2")"
}

# state NAME: what became of the run of that name (start_named).
state()
{
    sql -c "select state from portarium.runs where run_id = '$(cat "$work/runs/$1")'"
}

state_is()
{
    same "$2" "$(state "$1")"
}

# run_field NAME COLUMN
run_field()
{
    sql -c "select $2 from portarium.runs where run_id = '$(cat "$work/runs/$1")'"
}

# requests FILTER: how many requests the web service saw, by a jq condition.
requests()
{
    jq -c "select($1)" "$work/requests" | wc -l
}

requests_are()
{
    same "$1" "$(requests "$2")"
}

saw_request()
{
    [ "$(requests "$1")" -gt 0 ]
}

# register_workflow NAME RESOURCE [MEMBERS]: a workflow of one task.
register_workflow()
{
    sql -c "select from portarium.register_workflow('$1', '{\"StartAt\":\"Do\",\"States\":{\"Do\":
        {\"Type\":\"Task\",\"Resource\":\"$2\",${3:-}\"End\":true}}}')"
}

# start_named NAME WORKFLOW [INPUT]: starts a run and remembers its id.
start_named()
{
    printf "select portarium.start_run('%s', '%s')" "$2" "${3:-{\}}" | sql >"$work/runs/$1"
}

# ended NAME …: no run of these is RUNNING any more.
ended()
{
    local name
    for name in "$@"; do
        [ "$(state "$name")" != RUNNING ] || { printf '%s is still running\n' "$name"; return 1; }
    done
}

# judge FILE: one check for each line NAME|STATE|ERROR|CAUSE, the cause a glob.
judge()
{
    local name wanted error cause
    while IFS='|' read -r name wanted error cause; do
        check "$name ends as $wanted" same "$wanted|$error" "$(run_field "$name" "state || '|' || coalesce(error, '')")"
        # shellcheck disable=SC2053  # the right side is a glob
        check "$name says why" glob "$(run_field "$name" cause)" "$cause"
    done <"$1"
}

glob()
{
    # shellcheck disable=SC2053
    [[ $1 == $2 ]] || { printf 'wanted: %s\ngot:    %s\n' "$2" "$1"; return 1; }
}
