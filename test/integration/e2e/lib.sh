# shellcheck shell=bash
# What the end-to-end parts share: one stack of their own, counted checks, doors to SQL, HTTP and the ledger.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

passed=0
failed=0

# check NAME COMMAND …: counts the command's outcome; shows its output when it fails.
check()
{
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        printf 'ok       %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED   %s\n' "$name"
        printf '%s\n' "$output" | tail -n 40 | sed 's/^/    /'
    fi
}

# same WANTED COMMAND …: the command prints exactly this.
same()
{
    local wanted=$1 got
    shift
    got=$("$@") || return 1
    [ "$got" = "$wanted" ] || { printf 'wanted: %s\ngot: %s\n' "$wanted" "$got"; return 1; }
}

# status WANTED COMMAND …: the command ends with this status.
status()
{
    local wanted=$1 got=0
    shift
    "$@" || got=$?
    [ "$got" -eq "$wanted" ] || { printf 'wanted status %s, got %s\n' "$wanted" "$got"; return 1; }
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
        sleep 0.2
    done
}

sql()
{
    "$launcher" psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

sql_is()
{
    same "$1" sql -c "$2"
}

# http TOKEN METHOD PATH [BODY]: the status, a blank, the body.
http()
{
    local -a body=()
    [ $# -lt 4 ] || body=(-H 'Content-Type: application/json' -d "$4")
    curl -s -m 20 -X "$2" ${1:+-H "Authorization: Bearer $1"} "${body[@]}" -w '%{stderr}%{http_code} ' "$api_url$3" 2>"$work/status" >"$work/body"
    printf '%s%s' "$(cat "$work/status")" "$(cat "$work/body")"
}

ledger()
{
    curl -sf -m 20 "$ledger_url$1"
}

# Sets the stack's addresses: api_url, ledger_url, postgres_port …
read_stack()
{
    # shellcheck source=/dev/null
    . "$PORTARIUM_STATE/addresses"
}
