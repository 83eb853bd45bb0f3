#!/usr/bin/env bash
# The conformance corpus against a throwaway cluster.
#
#   test/conformance/run.sh [CORPUS]      CORPUS: directory of cases.jsonl, default $CONFORMANCE_CORPUS or ../shared/conformance/asl
#
# The extension must be built and installed. Ends with "N passed, N failed, N skipped"; without a corpus it says so and skips.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../.."

corpus=${1:-${CONFORMANCE_CORPUS:-../shared/conformance/asl}}
if [ ! -f "$corpus/cases.jsonl" ]; then
    echo "conformance: no corpus in $corpus, nothing compared"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
# shellcheck disable=SC2016  # the inner shell expands its own argument
exec test/cluster.sh run -- bash -c '
    set -euo pipefail
    psql -XqAt -v ON_ERROR_STOP=1 -c "set client_min_messages = warning" -c "create extension portarium version '\''0.1.0'\''" -c "call portarium.install()"
    exec python3 test/conformance/conformance.py "$1"' conformance "$corpus"
