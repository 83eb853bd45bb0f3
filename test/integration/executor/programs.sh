# shellcheck shell=bash
# The exec adapter: programs, and how they are contained.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

test_programs()
{
    local name names=()
    start_executor executor
    for name in $(jq -r 'keys[] | select(. != "naps" and . != "forks")' "$here/adapters/programs.json"); do
        names+=("$name")
    done
    for name in "${names[@]}"; do
        start_named "$name" "programs-$name" '{"amount": 12.10}'
    done
    # more than a pipe holds, for a program that reads nothing
    start_named ignores_input programs-ignores_input "{\"text\": \"$(head -c 200000 /dev/zero | tr '\0' x)\"}"
    check 'all programs end' eventually 30 ended "${names[@]}"
    judge "$here/programs.expected"
    test_program_outputs
    start_named forks programs-forks
    check 'a fork bomb is contained' eventually 10 state_is forks FAILED
    check 'no process is left behind' no_process_left
    check 'the executor is still at work' another_program
    check_stopped 'SIGTERM ends it with status 0' executor
}

test_program_outputs()
{
    check 'input and arguments arrive' same '{"got": {"amount": 12.10}, "args": ["-x", "two words"]}' "$(run_field echo output)"
    check 'a program gets nothing but PATH' same 'PATH=/usr/local/bin:/usr/bin:/bin ' "$(run_field environment "output ->> 'environment'")"
    check 'it writes no core' same 0 "$(run_field environment "output ->> 'core'")"
    check 'it may open so many files' same 64 "$(run_field environment "output ->> 'files'")"
    check 'it starts in the root directory' same / "$(run_field environment "output ->> 'cwd'")"
    # 3 is the script itself; shells keep the script they read at 10 or 255
    check 'it inherits no other descriptor' glob "$(run_field environment "output ->> 'open'")" '0 1 * 2 3*'
}

# The arguments of the sleeping programs are numbers that nobody else sleeps.
no_process_left()
{
    ! pgrep -f -l '^(sleep|setsid sleep) 60[1-5]$'
}

another_program()
{
    start_named again programs-echo
    eventually 5 state_is again SUCCEEDED
}
