#!/usr/bin/env bash
# A worker in shell, curl and jq: serves the adapter "text" over HTTP (docs/worker-protocol.md).
#
#   PORTARIUM_URL=http://127.0.0.1:8080 PORTARIUM_TOKEN_FILE=token worker.sh
#
# Order: register, then exchange for ever: it hands in what has ended and brings one job, waited for by the server. A second process
# keeps the lease while a job is done. SIGTERM lets the job at hand end.
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail

stopping=0
trap 'stopping=1' TERM
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# call NAME BODY [WAIT]: the answer's body in the file $answer; fails with 1 to register again, 2 to try again, and ends when refused.
call()
{
    local status code
    status=$(curl -s -o "$answer" -w '%{http_code}' --max-time $((${3:-0} + 15)) "$PORTARIUM_URL/worker/$1" --json "$2" \
        -H @<(printf 'Authorization: Bearer %s' "$(cat "$PORTARIUM_TOKEN_FILE")") ${3:+-H "Prefer: wait=$3"})
    case $status in
        200) return 0 ;;
        000 | 429 | 5??) printf '%s: status %s\n' "$1" "$status" >&2 && return 2 ;;
    esac
    code=$(jq -r .code "$answer")
    case $code in UP302 | UP405) return 1 ;; esac
    printf 'refused: %s\n' "$(jq -c . "$answer")" >&2
    exit 1
}

# keep EPOCH TOKEN SECONDS: renews the lease until it is ended; a job that is no longer wanted leaves the file named by $over.
keep()
{
    answer=$(mktemp)
    while sleep "$3"; do
        call heartbeat "{\"epoch\": $1, \"tokens\": [$2]}" || continue
        [ "$(jq -r '.[0].state' "$answer")" = ok ] || { touch "$over" && break; }
    done
    rm -f "$answer"
}

# run_operation OPERATION INPUT: the acknowledgement's members.
run_operation()
{
    local text
    if [ "$1" != count ] || ! text=$(jq -er '.text | strings' <<<"$2"); then
        printf '{"error": "Text.BadInput", "cause": "there is no text"}'
        return
    fi
    sleep "$(jq -r '.seconds // 0' <<<"$2")"
    printf '{"output": {"words": %d, "by": "shell"}}' "$(wc -w <<<"$text")"
}

# do_job EPOCH JOB: the acknowledgement; nothing when nobody wants it any more.
do_job()
{
    local keeper token outcome
    over=$(mktemp -u)
    token=$(jq .token <<<"$2")
    keep "$1" "$token" "$(jq '(.spec.heartbeat_ms // 30000) / 3000' <<<"$2")" &
    keeper=$!
    outcome=$(run_operation "$(jq -r .operation <<<"$2")" "$(jq -c .input <<<"$2")")
    kill "$keeper" 2>/dev/null
    wait "$keeper" 2>/dev/null
    [ -e "$over" ] || jq -c --argjson outcome "$outcome" '{run_id, token} + $outcome' <<<"$2"
    rm -f "$over"
}

# work EPOCH: until it is told to stop, or has to register again.
work()
{
    local acks=() want=1
    while [ "$stopping" -eq 0 ] || [ ${#acks[@]} -gt 0 ]; do
        [ "$stopping" -eq 0 ] || want=0
        call exchange "$(printf '%s\n' "${acks[@]}" | jq -cs --argjson epoch "$1" --argjson want "$want" '{$epoch, acks: ., $want}')" $((20 * want))
        case $? in 1) return ;; 2) sleep 1 && continue ;; esac
        acks=()
        while read -r job; do
            acks+=("$(do_job "$1" "$job")")
        done < <(jq -c '.[] | select(.kind == "job")' "$answer")
    done
}

while [ "$stopping" -eq 0 ]; do
    if call register '{"version": "example"}'; then
        echo 'worker ready'
        work "$(jq .epoch "$answer")"
    else
        sleep 1
    fi
done
