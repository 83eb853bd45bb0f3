#!/usr/bin/env bash
# The judges of events that Debian does not have, each at a pinned version, into build/tools/events; nothing is done for what is there.
#   python/    the SDKs of CloudEvents and of Standard Webhooks, from PyPI
#   node/      the same and the AsyncAPI parser, from the npm registry, where npm and Node 20 or later are
# What cannot be had is left out; the suite says by name what it skips.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../../.."

folder=$PWD/build/tools/events
mkdir -p "$folder/node"

if [ ! -e "$folder/python/complete" ]; then
    python3 -m venv --clear "$folder/python"
    "$folder/python/bin/pip" -q --disable-pip-version-check install cloudevents==2.2.0 standardwebhooks==1.1.0 &&
        touch "$folder/python/complete"
fi
if [ ! -e "$folder/node/complete" ] && command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
    npm --prefix "$folder/node" install --silent --no-audit --no-fund --ignore-scripts \
        cloudevents@10.0.0 standardwebhooks@1.1.1 @asyncapi/parser@3.6.6 && touch "$folder/node/complete"
fi
