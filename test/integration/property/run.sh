#!/usr/bin/env bash
# Random documents in the engine and in simulate, with faults, in both flavours.
#
#   test/integration/property/run.sh [BATCHES] [SEED]     SEED: of the first batch; without one the seeds are fixed, and one is random
#
# The extension must be built and installed. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 2

batches=${1:-6}
version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" extension/portarium.control)
passed=0
failed=0

# flavour VERSION OPTIONS SEED…
flavour()
{
    local output
    # shellcheck disable=SC2016  # the inner shell expands its own arguments
    output=$(test/cluster.sh run -o "$2" -- bash -c '
        set -euo pipefail
        psql -XqAt -v ON_ERROR_STOP=1 -c "set client_min_messages = warning" -c "create extension portarium version '\''$1'\''" -c "call portarium.install()"
        exec python3 test/integration/property/property.py "${@:2}"' property "$1" "$batches" "${@:3}" 2>&1)
    printf '%s\n' "$output" | sed "s/^/$1: /"
    if [[ $output =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1))
    fi
}

flavour "${version%+native}" '' "${2:-20260101}"
flavour "$version" '-c shared_preload_libraries=portarium' ${2:+"$2"}
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
