#!/usr/bin/env bash
# make test-compose: the images and the Compose stack, for real.
#
# Order: an engine (one that answers, else a private one that is stopped at the end), the images, what is in them, their
# provenance, the stack from nothing, the demo, who may dial whom, what the processes may do, the stack again after a restart.
# Where no engine can run the suite says so and skips by name.
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
. test/tally.sh
. test/compose/engine.sh

work=$(mktemp -d)
export PORTARIUM_PROJECT=portarium-test-$$ PORTARIUM_API_PORT

cleanup()
{
    docker/compose.sh destroy >"$work/destroy.log" 2>&1 || cat "$work/destroy.log"
    stop_engine
    rm -rf "$work"
}

# check NAME COMMAND …: the command's output is shown when it fails.
check()
{
    local name=$1
    shift
    if "$@" >"$work/check.log" 2>&1; then
        tally pass compose "$name"
    else
        tally fail compose "$name" "exit status $?"
        tail -n 40 "$work/check.log"
    fi
}

# A program with a closing line of its own.
suite()
{
    local status
    "$@" 2>&1 | tee "$work/suite.log" | sed -E '/^[0-9]+ passed, /d'
    status=${PIPESTATUS[0]}
    tally_add "$(basename "$2" .py)" "$work/suite.log" "$status"
}

free_port()
{
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

api_answers()
{
    grep -q '"name":"portarium"' <(curl -sf "http://127.0.0.1:$PORTARIUM_API_PORT/")
}

demo_is_good()
{
    if docker/compose.sh demo >"$work/demo.log" 2>&1 && grep -q 'all is as it should be' <(tail -n 1 "$work/demo.log"); then
        return 0
    fi
    tail -n 40 "$work/demo.log"
    return 1
}

# The first start's secrets are new ones: another project of the same images has others.
secret_digest()
{
    docker run --rm --network none --user 0 -v "$1_secrets-sidecar:/s:ro" --entrypoint sh "portarium-setup:$2" \
        -c 'cat /s/jwt.key /s/context.key' | sha256sum
}

secrets_differ()
{
    local version first second
    version=$(sed -n "s/^default_version *= *'\([0-9.]*\).*/\1/p" extension/portarium.control)
    first=$(secret_digest "$PORTARIUM_PROJECT" "$version")
    (PORTARIUM_PROJECT=$PORTARIUM_PROJECT-b PORTARIUM_VERSION=$version docker/compose.sh run --rm secrets) || return 1
    second=$(secret_digest "$PORTARIUM_PROJECT-b" "$version")
    PORTARIUM_PROJECT=$PORTARIUM_PROJECT-b docker/compose.sh destroy
    [ "$first" != "$second" ]
}

tally_open
if ! start_engine "$work"; then
    tally skip compose stack "$engine_reason"
    rm -rf "$work"
    tally_close
    exit
fi
trap 'cleanup; rm -f "$TALLY"' EXIT
PORTARIUM_API_PORT=$(free_port)
check 'the images build' docker/build.sh
suite python3 test/compose/images.py
suite python3 test/compose/provenance.py
suite python3 test/compose/gateway.py
check 'the stack comes up healthy from nothing' docker/compose.sh up
check 'the API answers on the loopback port' api_answers
check 'the demo runs and its evidence holds' demo_is_good
check 'every stack has secrets of its own' secrets_differ
suite python3 test/compose/hardening.py "$PORTARIUM_PROJECT"
suite python3 test/compose/matrix.py "$PORTARIUM_PROJECT"
suite python3 test/compose/jobs.py "$PORTARIUM_PROJECT"
check 'the containers go' docker/compose.sh down
check 'the demo finds its runs after the restart' demo_is_good
tally_close
