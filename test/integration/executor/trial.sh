# shellcheck shell=bash
# One operation without the database (--try): the same outcomes as a job's.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

test_trial()
{
    check 'a request succeeds' glob "$(try web http "$web_url" '.ok')" '{"run_id":"trial","token":0,"output":*"status":201*"amount": 12.10*'
    check 'with its digits' saw_request '(.headers | tostring | contains("\"trial\"")) and (.path | endswith("amount=12.10"))'
    check 'a status is the error that it is mapped to' same Ledger.Conflict "$(try web http "$web_url" '.mapped' | jq -r .error)"
    check 'no answer is an unknown outcome' same true "$(try web http "$web_url" '.drop' | jq -r .unknown)"
    check 'nobody there' same Http.Connect "$(try closed http http://127.0.0.1:1 '.refused' | jq -r .error)"
    check 'a program succeeds' same 1 "$(try programs exec '' '.echo' | jq -r '.output | length > 0 | if . then 1 else 0 end')"
    check 'a program fails' same Exec.Failed "$(try programs exec '' '.fails' | jq -r .error)"
    check 'no operation is an outcome, too' same Adapter.BadInput "$(try web http "$web_url" '{method: "POST"}' | jq -r .error)"
    check 'a request that is none is refused' refuses_trial '{"adapter": "web"}'
    check 'and so is what is not JSON' refuses_trial 'nothing'
    check 'no secret is printed' test -z "$(try web http "$web_url" '.ok' | grep t0p-secret)"
}

# run_trial: the executor with the request on stdin.
run_trial()
{
    (cd / && as_worker env EXECUTOR_ADAPTERS=any EXECUTOR_PRIVATE_NETWORK=on EXECUTOR_PROGRAMS="$work/programs" \
        EXECUTOR_CREDENTIALS="$work/credentials" EXECUTOR_PROGRAM_MEMORY_MB=128 EXECUTOR_PROGRAM_PROCESSES=$((processes + 200)) \
        "$work/bin/portarium-executor" --try)
}

# try ADAPTER KIND BASE_URL FILTER: the acknowledgement of the operation that the jq filter takes from the adapter's file.
try()
{
    jq -c --arg tenant "$tenant" --arg adapter "$1" --arg kind "$2" --arg url "$3" --argjson input "$http_input" \
        "{tenant_id: \$tenant, adapter: \$adapter, idempotency_key: \"trial\", input: \$input,
          spec: (($4) + {kind: \$kind, base_url: \$url})}" "$here/adapters/$1.json" |
        sed 's/"amount":12.1\([,}]\)/"amount":12.10\1/' | run_trial 2>>"$work/out/trial.log"
}

refuses_trial()
{
    local status=0
    run_trial <<<"$1" 2>>"$work/out/trial.log" || status=$?
    same 1 "$status"
}
