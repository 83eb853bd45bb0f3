#!/usr/bin/env bash
# Events against a real server: portarium-relay and portarium-sidecar, a subscriber that behaves well, badly or not at all.
#
# Order: the SDKs that judge what was sent (sdk.sh), a Kafka broker (kafka.sh), a throwaway cluster of the native flavour,
# then suite.py, which runs every check. Extension and daemons must be installed and built.
# Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 2

mkdir -p build/test
test/integration/events/sdk.sh || printf 'not every SDK could be brought\n'
test/integration/events/kafka.sh || printf 'a Kafka broker could not be brought\n'
exec test/cluster.sh run -o '-c shared_preload_libraries=portarium' -l build/test/events-server.log -- \
    python3 test/integration/events/suite.py "$@"
