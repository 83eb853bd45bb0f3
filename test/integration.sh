#!/usr/bin/env bash
# make test-integration: every test/integration/NAME/run.sh, the conformance corpus and the model, each a suite of its own that ends with a closing line.
#
#   test/integration.sh [topic]     topic: part of a suite's folder name
#
# Their lines are shown behind the suite's name, and their closing lines are summed into one.
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. test/tally.sh

export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
topic=${1:-}
mkdir -p build/test

tally_open
for script in test/integration/*/run.sh test/conformance/run.sh test/model/run.sh; do
    [ -f "$script" ] || continue
    suite=$(basename "$(dirname "$script")")
    [[ $suite == *"$topic"* ]] || continue
    output=build/test/$suite.log
    timeout 900 bash "$script" </dev/null 2>&1 | tee "$output" | sed "s/^/$suite | /"
    tally_add "$suite" "$output" "${PIPESTATUS[0]}"
done
tally_close
