#!/usr/bin/env bash
# make bench: the numbers of Portarium beside their baselines, on a private cluster with fsync on.
#
#   ROUNDS=3 SECONDS=3 test/bench/run.sh     a short look; the defaults are 5 and 5
#   PARTS=delivery EVENTS=1000000 test/bench/run.sh     one part only
#
# The server's clients run on the same machine: the figures are for comparing, on one machine, not for quoting.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../.."

exec test/cluster.sh run \
    -o '-c fsync=on -c jit=on -c shared_buffers=1GB -c max_wal_size=8GB -c checkpoint_timeout=30min -c shared_preload_libraries=portarium' \
    -- python3 test/bench/main.py
