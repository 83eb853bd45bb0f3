#!/usr/bin/env bash
# The Compose stack by one command each:
#   docker/compose.sh up        builds the images that are missing, starts everything and waits until all of it is healthy
#   docker/compose.sh demo      the same, then the three examples and their evidence
#   docker/compose.sh down      stops and removes the containers; the volumes stay
#   docker/compose.sh destroy   removes the volumes too
#   docker/compose.sh ARGUMENT …    anything else goes to docker-compose with the right files
#
# PORTARIUM_PROJECT names the project (portarium), COMPOSE_FILES more files, separated by blanks.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/.."

project=${PORTARIUM_PROJECT:-portarium}
PORTARIUM_VERSION=$(sed -n "s/^default_version *= *'\([0-9.]*\).*/\1/p" extension/portarium.control)
export PORTARIUM_VERSION
patience=180

die()
{
    printf 'compose.sh: %s\n' "$1" >&2
    exit 1
}

compose()
{
    local -a files=(-f docker/compose.yaml) tool=(docker-compose)
    local file
    for file in ${COMPOSE_FILES:-}; do
        files+=(-f "$file")
    done
    ! docker compose version >/dev/null 2>&1 || tool=(docker compose)
    command -v "${tool[0]}" >/dev/null || die 'neither "docker-compose" nor "docker compose" is installed'
    "${tool[@]}" -p "$project" "${files[@]}" "$@"
}

missing_images()
{
    local folder
    for folder in docker/*/Dockerfile; do
        folder=$(basename "$(dirname "$folder")")
        docker image inspect "portarium-$folder:$PORTARIUM_VERSION" >/dev/null 2>&1 || printf '%s\n' "$folder"
    done
}

# The containers that are neither healthy nor a job that ended well.
unwell()
{
    docker ps -a --filter "label=com.docker.compose.project=$project" --format '{{.Names}} {{.Status}}' |
        grep -v -e '(healthy)' -e ' Exited (0) ' || true
}

wait_until_well()
{
    local deadline=$((SECONDS + patience))
    while [ -n "$(unwell)" ]; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            unwell >&2
            die "not healthy within $patience seconds; see: docker/compose.sh logs"
        fi
        sleep 0.5
    done
}

up()
{
    local -a missing
    docker info >/dev/null 2>&1 || die 'no container engine answers'
    mapfile -t missing < <(missing_images)
    [ "${#missing[@]}" -eq 0 ] || docker/build.sh "${missing[@]}"
    compose up -d
    wait_until_well
}

case ${1:-} in
    up) up ;;
    demo)
        up
        compose run --rm demo
        ;;
    down) compose down ;;
    destroy) compose down -v ;;
    '') die 'usage: compose.sh up | demo | down | destroy | ARGUMENT …' ;;
    *) compose "$@" ;;
esac
