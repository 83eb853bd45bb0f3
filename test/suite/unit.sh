#!/usr/bin/env bash
# The C unit tests: `make check` in every folder test/unit/** that has a Makefile.
#
#   test/suite/unit.sh [topic]     topic: part of the folder's path below test/unit
#
# `check` builds the tests under ASan and UBSan and runs them; each test program ends with a closing line (check.h
# prints it), and those lines are summed into the tally.
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
. test/tally.sh

topic=${1:-}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
mkdir -p build/test

while read -r makefile; do
    folder=$(dirname "$makefile")
    name=${folder#test/unit/}
    [[ $name == *"$topic"* ]] || continue
    output=build/test/unit-${name//\//-}.log
    make -s -C "$folder" check </dev/null 2>&1 | tee "$output" | grep -vE '^ok ' | sed "s,^,unit/$name | ,"
    tally_add "unit/$name" "$output" "${PIPESTATUS[0]}"
done < <(find test/unit -name Makefile | sort)
