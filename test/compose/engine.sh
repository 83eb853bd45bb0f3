# shellcheck shell=bash disable=SC2034  # engine_reason is read by who calls start_engine
# A container engine for the tests: the one that answers, else a private dockerd with a socket and images of its own, which
# stop_engine ends. start_engine DIRECTORY is 1 when none can run, and engine_reason says why.
#
# SPDX-License-Identifier: PostgreSQL

engine_pid=
engine_reason=

engine_answers()
{
    docker info >/dev/null 2>&1
}

start_engine()
{
    command -v docker >/dev/null || { engine_reason='docker is not installed'; return 1; }
    command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1 ||
        { engine_reason='docker-compose is not installed'; return 1; }
    engine_answers && return 0
    [ "$(id -u)" -eq 0 ] || { engine_reason='no container engine answers, and only root can start one'; return 1; }
    command -v dockerd >/dev/null || { engine_reason='no container engine answers, and dockerd is not installed'; return 1; }
    export DOCKER_HOST=unix://$1/docker.sock
    dockerd --host "$DOCKER_HOST" --data-root /var/lib/portarium-test-docker --exec-root "$1/exec" --pidfile "$1/pid" \
        >"$1/dockerd.log" 2>&1 &
    engine_pid=$!
    for _ in $(seq 300); do
        engine_answers && return 0
        kill -0 "$engine_pid" 2>/dev/null || break
        sleep 0.1
    done
    engine_reason="dockerd does not run here: $(tail -n 1 "$1/dockerd.log")"
    stop_engine
    return 1
}

stop_engine()
{
    [ -n "$engine_pid" ] || return 0
    kill "$engine_pid" 2>/dev/null || return 0
    wait "$engine_pid"
    engine_pid=
}
