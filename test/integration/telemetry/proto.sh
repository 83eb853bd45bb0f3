#!/usr/bin/env bash
# OpenTelemetry's own Python classes of OTLP at a pinned version from PyPI, into build/tools/telemetry; nothing is done when they are
# there. Prints the interpreter that has them; exit status 1 when they are not to be had.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../../.."

folder=$PWD/build/tools/telemetry
if [ ! -e "$folder/complete" ]; then
    python3 -m venv --clear "$folder" >/dev/null
    "$folder/bin/pip" -q --disable-pip-version-check install opentelemetry-proto==1.27.0 >/dev/null 2>&1 || exit 1
    touch "$folder/complete"
fi
printf '%s\n' "$folder/bin/python"
