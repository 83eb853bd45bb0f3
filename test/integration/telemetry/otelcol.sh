#!/usr/bin/env bash
# Prints the path of an OpenTelemetry Collector, made by its own builder from the Go module proxy; exit status 1 with the reason when
# there is none to be had.
#
# It has what the suite needs and no more: it takes OTLP, and hands on as OTLP what it has understood. It is kept in build/tools; OTELCOL
# names another one.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../../.."

version=v0.165.0
program=$PWD/build/tools/otelcol

if [ -n "${OTELCOL:-}" ]; then
    printf '%s\n' "$OTELCOL"
    exit 0
fi
if [ ! -x "$program" ]; then
    command -v go >/dev/null || { printf 'there is no Go to build it with\n'; exit 1; }
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cat >"$folder/otelcol.yaml" <<YAML
dist: {name: otelcol, output_path: $folder/build}
receivers: [{gomod: go.opentelemetry.io/collector/receiver/otlpreceiver $version}]
processors: [{gomod: go.opentelemetry.io/collector/processor/memorylimiterprocessor $version}]
exporters: [{gomod: go.opentelemetry.io/collector/exporter/otlphttpexporter $version}]
providers:
  - {gomod: go.opentelemetry.io/collector/confmap/provider/envprovider v1.71.0}
  - {gomod: go.opentelemetry.io/collector/confmap/provider/fileprovider v1.71.0}
YAML
    mkdir -p "$(dirname "$program")"
    GOTOOLCHAIN=local GOFLAGS='-buildvcs=false -p=1' go run "go.opentelemetry.io/collector/cmd/builder@$version" \
        --config "$folder/otelcol.yaml" >"$folder/log" 2>&1 || { tail -n 1 "$folder/log"; exit 1; }
    mv "$folder/build/otelcol" "$program"
fi
printf '%s\n' "$program"
