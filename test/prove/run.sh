#!/usr/bin/env bash
# The two-world proof in a throwaway cluster of its own.
#
#   test/prove/run.sh [--flavour native|managed] [--tier A|B] [--ops N] [--seed S] [--first SQL]
#
# Without --flavour both are tried, the managed one first. Needs the extension installed. The other options are
# main.py's. Exit status: 0 when every byte was equal, 1 when not, 2 when the proof could not be made.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" extension/portarium.control)
flavours='managed native'
arguments=()
while [ $# -gt 0 ]; do
    if [ "$1" = --flavour ]; then
        flavours=${2:?--flavour needs native or managed}
        shift 2
    else
        arguments+=("$1")
        shift
    fi
done

worst=0
for flavour in $flavours; do
    case $flavour in
        managed) options='' name=${version%+native} ;;
        native) options='-c shared_preload_libraries=portarium -c portarium.scheduler=off' name=$version ;;
        *) printf 'run.sh: "%s" is no flavour\n' "$flavour" >&2; exit 2 ;;
    esac
    status=0
    test/cluster.sh run -o "$options" -- python3 -B test/prove/main.py --version "$name" "${arguments[@]}" || status=$?
    [ "$status" -le "$worst" ] || worst=$status
done
exit "$worst"
