# shellcheck shell=bash
# Actions whose outcome nobody knows, and the operation of their adapter that finds out. The service does not know either when it is asked first.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

test_questions()
{
    register_workflow asks_again portarium:action:bank.wire_lost '"Retry":[{"ErrorEquals":["Portarium.NotDone"],"IntervalSeconds":1}],'
    start_executor executor
    start_named asked_killed bank-wire_slowly '{"id": "killed"}'
    check 'an effect is under way' eventually 60 between /wire_slowly/killed
    kill_daemon executor KILL
    await_daemon executor
    start_executor executor
    start_named asked_done bank-wire '{"id": "done"}'
    start_named asked_lost bank-wire_lost '{"id": "lost"}'
    start_named asked_again asks_again '{"id": "again"}'
    check 'an effect that has happened is found' eventually 90 state_is asked_done SUCCEEDED
    check 'and what was found is the output' same true "$(run_field asked_done "output #>> '{body,found}'")"
    check 'one that has not happened is an error' eventually 90 state_is asked_lost FAILED
    check 'of its name' same Portarium.NotDone "$(run_field asked_lost error)"
    check 'which a Retry does again' eventually 90 state_is asked_again SUCCEEDED
    check 'an executor is killed, the effect is found' eventually 90 state_is asked_killed SUCCEEDED
    check 'what has happened is done once' requests_are 2 '.path == "/wire/done" or .path == "/wire_slowly/killed"'
    check 'what has not is done again only by a Retry' requests_are 3 '.path == "/wire_lost/lost" or .path == "/wire_lost/again"'
    check 'each question is in evidence' questions_are_told
    check 'all invariants hold' eventually 60 sql_is 0 'select count(*) from portarium.check_invariants()'
    check_stopped 'the executor leaves' executor
}

# The run was parked, asked about, not answered, and asked about once more.
questions_are_told()
{
    sql_is 'action.unknown action.asked action.unanswered action.asked' "select string_agg(kind, ' ' order by seq)
        from portarium.run_history('$(cat "$work/runs/asked_done")') where kind like 'action.%'"
}
