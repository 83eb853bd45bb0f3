# shellcheck shell=bash
# What happens to a job when the executor, its name or its connection is lost, and how an executor leaves.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

test_faults()
{
    test_killed
    test_lease_expired
    test_heartbeat
    test_name_taken_over
    test_backends_killed
    test_drained
    test_cut_off
    test_cancelled
    test_once
    test_two_executors
    test_settings
}

# between PATH …: the web service has these requests and has not answered them.
between()
{
    local path
    for path in "$@"; do
        saw_request ".path == \"$path\"" || return 1
    done
}

# keys PATH: how many idempotency keys came with how many requests.
keys()
{
    jq -r "select(.path == \"$1\") | .headers[\"Idempotency-Key\"]" "$work/requests" | sort | uniq -c | awk '{ print NR, $1 }'
}

test_killed()
{
    start_executor executor-k
    start_named killed_idempotent web-hang_once '{"id": "killed"}'
    start_named killed_other web-hang_long '{"id": "killed"}'
    start_named killed_program programs-naps
    check 'three effects are under way' eventually 5 between /hang_once/killed /hang/killed
    check 'so is the program' eventually 5 pgrep -f '^sleep 605$'
    kill_daemon executor-k KILL
    await_daemon executor-k
    check 'a program dies with its executor' no_process_left
    start_executor executor
    check 'the runs end' eventually 20 ended killed_idempotent killed_other killed_program
    check 'what is idempotent was done again' state_is killed_idempotent SUCCEEDED
    check 'with the same key' same '1 2' "$(keys /hang_once/killed)"
    check 'anything else is unknown' state_is killed_other UNKNOWN
    check 'and was done once' same '1 1' "$(keys /hang/killed)"
    check 'a program too' state_is killed_program UNKNOWN
    check_stopped 'the executor leaves' executor
}

test_lease_expired()
{
    start_executor executor-k
    start_named expired web-hang_once '{"id": "expired"}'
    check 'the effect is under way' eventually 5 between /hang_once/expired
    kill_daemon executor-k KILL
    await_daemon executor-k
    # half a minute passes
    sql -c "update portarium_data.lease set until = clock_timestamp() - interval '1 s'"
    start_executor executor EXECUTOR_NAME=two
    check 'another executor does it' eventually 20 state_is expired SUCCEEDED
    check 'with the same key' same '1 2' "$(keys /hang_once/expired)"
    check_stopped 'the executor leaves' executor
}

# The service takes two seconds; a lease of one second lasts as long as the executor is heard of often enough.
test_heartbeat()
{
    register_workflow beats portarium:action:web.late '"HeartbeatSeconds":1,'
    start_executor executor
    start_named beats beats '{"id": "beats"}'
    check 'an effect outlasts its heartbeat' eventually 10 state_is beats SUCCEEDED
    check 'and happens once' requests_are 1 '.path == "/late/beats"'
    check_stopped 'the executor leaves' executor
}

logged()
{
    grep -q "$2" "$work/out/$1.log"
}

test_name_taken_over()
{
    start_executor executor
    start_named taken web-hang_long '{"id": "taken"}'
    check 'the effect is under way' eventually 5 between /hang/taken
    start_daemon executor-o EXECUTOR_NAME=one EXECUTOR_ADAPTERS=closed "$work/bin/portarium-executor" --once
    check_ended 'another executor took the name over' executor-o
    start_named after web-ok '{"id": 1, "amount": 1}'
    check 'the first one notices' eventually 10 logged executor UP302
    check 'drops what it had' eventually 5 logged executor 'epoch is over'
    check 'and works on' eventually 10 state_is after SUCCEEDED
    check 'the lost effect is unknown' eventually 10 state_is taken UNKNOWN
    check_stopped 'the executor leaves' executor
}

test_backends_killed()
{
    start_executor executor
    start_named backends web-late '{"id": "backends"}'
    check 'the effect is under way' eventually 5 between /late/backends
    sql -c "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'portarium_executor'" >/dev/null
    check 'the outcome arrives over a new connection' eventually 10 state_is backends SUCCEEDED
    check 'the effect happened once' requests_are 1 '.path == "/late/backends"'
    check_stopped 'the executor leaves' executor
}

test_drained()
{
    start_executor executor
    start_named drained web-late '{"id": "drained"}'
    check 'the effect is under way' eventually 5 between /late/drained
    kill_daemon executor TERM
    check 'it begins to drain' eventually 5 logged executor draining
    start_named not_claimed web-ok '{"id": "not_claimed", "amount": 1}'
    check_ended 'it ends with status 0' executor
    check 'what was under way is acknowledged' state_is drained SUCCEEDED
    check 'nothing more was claimed' requests_are 0 '.path | startswith("/ok/not_claimed")'
    check 'what was not claimed waits' state_is not_claimed RUNNING
}

test_cut_off()
{
    start_executor executor EXECUTOR_DRAIN_SECONDS=1
    start_named cut_off web-hang_long '{"id": "cut_off"}'
    check 'the effect is under way' eventually 5 between /hang/cut_off
    check_stopped 'it does not wait for ever' executor
    check 'what was cut off is unknown' state_is cut_off UNKNOWN
    check 'what had waited is done' state_is not_claimed SUCCEEDED
}

# A heartbeat tells; there is one every ten seconds.
test_cancelled()
{
    start_executor executor
    start_named cancelled web-hang_long '{"id": "cancelled"}'
    check 'the effect is under way' eventually 5 between /hang/cancelled
    sql -c "select from portarium.cancel_run('$(cat "$work/runs/cancelled")', 'no longer wanted')"
    check 'the executor hears of it' eventually 13 logged executor 'the run was cancelled'
    check 'the run stays cancelled' state_is cancelled ABORTED
    check_stopped 'the executor leaves' executor
}

test_once()
{
    start_named once_a programs-echo
    start_named once_b web-text
    start_daemon executor-once EXECUTOR_ADAPTERS=web,programs EXECUTOR_PRIVATE_NETWORK=on EXECUTOR_PROGRAMS="$work/programs" \
        "$work/bin/portarium-executor" --once --id once
    check_ended '--once ends by itself' executor-once
    check 'having done what was there' same 'SUCCEEDED SUCCEEDED' "$(state once_a) $(state once_b)"
}

all_ended()
{
    sql_is 0 "select count(*) from portarium.runs where state = 'RUNNING'"
}

test_two_executors()
{
    start_executor executor
    start_executor executor-two EXECUTOR_NAME=two
    sql -c "select count(*) from portarium.start_runs('web-ok',
        array(select jsonb_build_object('id', 'two-' || g, 'amount', g) from generate_series(1, 300) g))" >/dev/null
    check 'three hundred runs end' eventually 20 all_ended
    check 'each effect happened' same 300 "$(jq -r '.path | select(startswith("/ok/two-"))' "$work/requests" | sort -u | wc -l)"
    check 'and once' requests_are 300 '.path | startswith("/ok/two-")'
    check 'both had their share' same '2' "$(jq -r 'select(.message == "claimed") | input_filename' "$work/out/executor.log" \
        "$work/out/executor-two.log" | sort -u | wc -l)"
    check_stopped 'one leaves' executor
    check_stopped 'the other leaves' executor-two
}

# refused MESSAGE VARIABLE=VALUE …: the executor does not start, with status 2.
refused()
{
    local message=$1 status=0 output
    shift
    output=$(env "$@" "$work/bin/portarium-executor" 2>&1) || status=$?
    same 2 "$status" && glob "$output" "*$message*"
}

test_settings()
{
    check 'no adapters' refused EXECUTOR_ADAPTERS EXECUTOR_JOBS=1
    check 'a number that is none' refused EXECUTOR_JOBS EXECUTOR_ADAPTERS=web EXECUTOR_JOBS=many
    check 'a directory that is not there' refused 'could not open directory' EXECUTOR_ADAPTERS=web EXECUTOR_PROGRAMS=/nowhere
    if [ "$(id -u)" -eq 0 ]; then
        check 'programs as root' refused 'must not run as root' EXECUTOR_ADAPTERS=web EXECUTOR_PROGRAMS="$work/programs"
    fi
}
