#!/usr/bin/env bash
# Telemetry of the whole stack: one trace from the client of the HTTP API to the subscriber of its events.
#
# Order: an OpenTelemetry Collector (otelcol.sh), the classes that judge protocol buffers (proto.sh), a Kafka broker (kafka.sh of the events), a throwaway cluster of the native flavour, then suite.py, which starts every daemon
# with it. Without one a receiver of the suite's own takes its place. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 2

mkdir -p build/test
if found=$(test/integration/telemetry/otelcol.sh); then
    export OTELCOL=$found
else
    export OTELCOL_ABSENT=$found
fi
if found=$(test/integration/telemetry/proto.sh); then
    export OTLP_PYTHON=$found
fi
test/integration/events/kafka.sh || printf 'a Kafka broker could not be brought\n'
exec test/cluster.sh run -o '-c shared_preload_libraries=portarium' -l build/test/telemetry-server.log -- \
    python3 test/integration/telemetry/suite.py "$@"
