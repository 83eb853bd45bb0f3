#!/usr/bin/env bash
# Events against a real server: portarium-relay and portarium-sidecar, a subscriber that behaves well, badly or not at all.
#
# Order: a throwaway cluster of the native flavour, then suite.py, which runs every check. Extension and daemons must be
# installed and built. With the CloudEvents and the Standard Webhooks SDKs in a Python environment that EVENTS_SDK names
# (python3 -m venv DIR; DIR/bin/pip install cloudevents standardwebhooks), they judge what was sent; without, those
# checks are skipped. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 2

mkdir -p build/test
exec test/cluster.sh run -o '-c shared_preload_libraries=portarium' -l build/test/events-server.log -- \
    python3 test/integration/events/suite.py "$@"
