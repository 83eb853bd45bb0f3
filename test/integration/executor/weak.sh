# shellcheck shell=bash
# A kernel that lacks a layer of the sandbox: refused, or accepted and said.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

# A user namespace in which no further ones can be made is a kernel without them, for all that the executor can tell.
# shellcheck disable=SC2016  # expanded by the inner shell
without_namespaces=(unshare -U --map-user=1000 --keep-caps sh -c
    'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$@"')

test_weak()
{
    check 'without namespaces it does not start' refuses_to_start
    start_daemon executor-weak EXECUTOR_NAME=one EXECUTOR_ADAPTERS=programs EXECUTOR_PROGRAMS="$work/programs" \
        "${without_namespaces[@]}" "$work/bin/portarium-executor" --weak
    check 'it starts when a weak sandbox is accepted' eventually 10 is_ready executor-weak
    check 'and says so loudly' grep -q 'WEAK SANDBOX.*"lacking":"namespaces"' "$work/out/executor-weak.log"
    start_named weak programs-echo
    check 'a program runs' eventually 10 state_is weak SUCCEEDED
    check 'its entry says what was lacking' same namespaces "$(entry_says weak)"
    check_stopped 'SIGTERM ends the weak one' executor-weak
    check 'a whole sandbox is not remarked on' same '' "$(entry_says echo)"
}

refuses_to_start()
{
    local status=0 output
    output=$(cd / && as_worker env EXECUTOR_ADAPTERS=programs EXECUTOR_PROGRAMS="$work/programs" \
        "${without_namespaces[@]}" "$work/bin/portarium-executor" 2>&1) || status=$?
    same 2 "$status" && glob "$output" '*could not make its namespaces*'
}

# entry_says NAME: what its run's last entry says of the sandbox.
entry_says()
{
    sql -c "select body ->> 'weak' from portarium.run_history('$(cat "$work/runs/$1")') order by seq desc limit 1"
}
