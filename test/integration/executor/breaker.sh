# shellcheck shell=bash
# Destinations that are left alone: after failures in a row, or because they ask for it.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

test_breaker()
{
    local i
    start_executor executor EXECUTOR_BREAKER_FAILURES=3 EXECUTOR_BREAKER_MS=60000
    for i in 1 2 3 4; do
        start_named "closed$i" closed-refused
        check "attempt $i ends" eventually 10 ended "closed$i"
    done
    check 'three failures are tried' same Http.Connect "$(run_field closed3 error)"
    check 'then the destination is left alone' same Http.CircuitOpen "$(run_field closed4 error)"
    test_retry_after
    test_quota_told
    check_stopped 'the executor leaves' executor
}

test_retry_after()
{
    local sent
    start_named busy web-busy_once
    check 'a busy destination answers' eventually 10 state_is busy FAILED
    sent=$(requests true)
    start_named early web-whole
    check 'as long as it has asked to be left alone it is' eventually 5 state_is early FAILED
    check 'by name' same Http.CircuitOpen "$(run_field early error)"
    check 'and nothing is sent' same "$sent" "$(requests true)"
    check 'then it is tried again' eventually 10 late_success
}

# One run after the other, until one succeeds.
late_success()
{
    start_named late web-whole
    eventually 2 state_is late SUCCEEDED
}

# Under a quota the database is told, and jobs wait instead of failing.
test_quota_told()
{
    sql -c "select portarium.set_quota('adapter', 'web', max_running => 50)"
    start_named told web-busy_once
    check 'a busy destination answers' eventually 10 state_is told FAILED
    check 'its quota is held' sql_is t "select held_until is not null from portarium.quotas where name = 'web'"
    start_named patient web-whole
    check 'until it is time' eventually 60 state_is patient SUCCEEDED
    sql -c "select portarium.set_quota('adapter', 'web')"
}
