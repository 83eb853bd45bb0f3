#!/usr/bin/env bash
# Limits over all processes of a program together: what no single process exceeds, all of them do.
#
# Needs root, to delegate a cgroup; works with either version of cgroups. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2

nobodys=64124
passed=0
failed=0
directories=()

end()
{
    [ ! -d "${directories[0]}/self" ] || { echo $$ >/sys/fs/cgroup/cgroup.procs; rmdir "${directories[0]}/self"; }
    rmdir "${directories[@]}"
    rm -rf "$work"
}

# The directory of each controller that a limit needs, or the one of version 2. There a cgroup with controllers has no processes of
# its own, and who moves a process must be able to write to the cgroup above both ends: so we go into one beside the programs'.
delegate()
{
    local parent directory
    local -a parents=(/sys/fs/cgroup/memory /sys/fs/cgroup/pids /sys/fs/cgroup/cpu)
    [ ! -f /sys/fs/cgroup/cgroup.controllers ] || parents=(/sys/fs/cgroup)
    for parent in "${parents[@]}"; do
        directory=$parent/portarium-escape
        mkdir "$directory" || return 1
        directories+=("$directory")
        if [ -f "$directory/cgroup.controllers" ]; then
            mkdir "$directory/self" && echo $$ >"$directory/self/cgroup.procs" &&
                echo '+memory +pids +cpu' >"$directory/cgroup.subtree_control" || return 1
        fi
        chown -R "$nobodys:$nobodys" "$directory"
    done
}

# check NAME COMMAND …
check()
{
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED   %s\n' "$name"
    fi
}

# confined CGROUP SCRIPT: its exit status.
confined()
{
    printf '#!/bin/sh\n%s\n' "$2" >"$work/program"
    chmod 0755 "$work/program"
    setpriv --reuid="$nobodys" --regid="$nobodys" --clear-groups "$work/confine" 7 "$1" "$work/program" >"$work/output" 2>&1
}

refused()
{
    ! confined "$@"
}

# Four processes of 200 MB each, where one may have 512 MB.
# shellcheck disable=SC2016  # expanded by the program
eat='for i in 1 2 3 4; do head -c 200m /dev/zero | tail -c 200m >/dev/null & pids="$pids $!"; done; for p in $pids; do wait $p || exit 1; done'

# limits_are MEMORY PROCESSES QUOTA: what the kernel says of the program that runs, by either version's names.
limits_are()
{
    confined "$cgroups" 'sleep 2' &
    for name in memory.max memory.limit_in_bytes pids.max cpu.max cpu.cfs_quota_us; do
        for directory in "${directories[@]}"; do
            for _ in {1..40}; do
                compgen -G "$directory/program-*/$name" >/dev/null && cat "$directory"/program-*/"$name" && break
                compgen -G "$directory/program-*" >/dev/null && break
                sleep 0.05
            done
        done
    done >"$work/limits"
    wait $!
    [ "$(cut -d ' ' -f 1 "$work/limits" | tr '\n' ' ')" = "$1 $2 $3 " ]
}

if [ "$(id -u)" -ne 0 ]; then
    printf 'skipped  cgroups: only root can delegate one\n0 passed, 0 failed, 1 skipped\n'
    exit 0
fi
work=$(mktemp -d /tmp/portarium-cgroup.XXXXXX)
chmod 0711 "$work"
cp build/test/escape/confine "$work/"
trap end EXIT
if ! delegate; then
    printf 'skipped  cgroups: none can be made here\n0 passed, 0 failed, 1 skipped\n'
    exit 0
fi
cgroups=$(IFS=:; printf '%s' "${directories[*]}")

check 'a program runs in its cgroups' confined "$cgroups" 'exit 0'
check 'without a cgroup four processes have 800 MB' confined '' "$eat"
check 'with one they have not' refused "$cgroups" "$eat"
check 'memory, processes and CPU are limited' limits_are 536870912 257 100000
check 'no cgroup is left behind' test -z "$(find "${directories[@]}" -mindepth 1 -type d)"
check 'a limit that nobody keeps is an error' refused "${directories[0]}/.." 'exit 0'
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
