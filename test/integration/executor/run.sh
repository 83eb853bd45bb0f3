#!/usr/bin/env bash
# The executor and the relay against a real server and a real HTTP service, in both flavours.
#
#   test/integration/executor/run.sh [managed|native]
#
# Needs the extension installed and the daemons built (make test-integration does both). In the managed flavour the
# relay is the clock, in the native one the background workers are. KEEP=DIR keeps logs and requests. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=

# shellcheck source=test/integration/executor/lib.sh
. "$here/lib.sh"
# shellcheck source=test/integration/executor/daemons.sh
. "$here/daemons.sh"
# shellcheck source=test/integration/executor/http.sh
. "$here/http.sh"
# shellcheck source=test/integration/executor/programs.sh
. "$here/programs.sh"
# shellcheck source=test/integration/executor/faults.sh
. "$here/faults.sh"
# shellcheck source=test/integration/executor/questions.sh
. "$here/questions.sh"
# shellcheck source=test/integration/executor/weak.sh
. "$here/weak.sh"
# shellcheck source=test/integration/executor/trial.sh
. "$here/trial.sh"
# shellcheck source=test/integration/executor/breaker.sh
. "$here/breaker.sh"
# shellcheck source=test/integration/executor/relay.sh
. "$here/relay.sh"

# Whatever happened, nothing is left running.
end_flavour()
{
    stop_everything
    rm -rf "$work"
}

# One flavour in the cluster that PGHOST names; leaves its counts in the file $2.
run_flavour()
{
    flavour=$1
    make_work
    trap end_flavour EXIT
    start_web
    make_database
    start_clock
    test_http
    test_programs
    test_weak
    test_trial
    test_breaker
    test_faults
    test_questions
    test_relay
    [ -z "${KEEP:-}" ] || cp -r "$work" "$KEEP"
    printf '%s %s\n' "$passed" "$failed" >"$2"
}

if [ "${1:-}" = --inside ]; then
    run_flavour "$2" "$3"
    exit
fi

counts=$(mktemp -d)
for flavour in ${1:-managed native}; do
    options=
    [ "$flavour" = managed ] || options='-c shared_preload_libraries=portarium'
    "$root/test/cluster.sh" run -o "$options" -- bash "$here/run.sh" --inside "$flavour" "$counts/$flavour"
    if [ -s "$counts/$flavour" ]; then
        read -r ok bad <"$counts/$flavour"
        passed=$((passed + ok)) failed=$((failed + bad))
    else
        printf 'FAILED   %s: the suite did not come to its end\n' "$flavour"
        failed=$((failed + 1))
    fi
done
rm -rf "$counts"
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
