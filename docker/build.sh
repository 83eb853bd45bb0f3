#!/usr/bin/env bash
# Builds the images:  docker/build.sh [NAME ...]     all of them without a name
#
# Order: the base image, then each docker/NAME/Dockerfile as portarium-NAME:VERSION. The base is Debian's image by the digest
# in the Dockerfiles; where no registry can be reached it is made from Debian's own signed archive with debootstrap and
# called portarium-base. What was built stands in build/images.json: name, id, base, revision.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n "s/^default_version *= *'\([0-9.]*\).*/\1/p" extension/portarium.control)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
pinned=$(sed -n 's/^ARG DEBIAN=//p' docker/verify/Dockerfile)
local_base=portarium-base:bookworm

# BuildKit where the client has it: built in until 20.10, by buildx later. The classic builder does the same, more slowly.
DOCKER_BUILDKIT=0
if docker buildx version >/dev/null 2>&1 || grep -qE ' (19|20)\.' <(docker --version); then
    DOCKER_BUILDKIT=1
fi
export DOCKER_BUILDKIT

die()
{
    printf 'build.sh: %s\n' "$1" >&2
    exit 1
}

# Debian's minimal system; apt's signatures are checked by debootstrap and by every later apt-get.
make_local_base()
{
    local folder
    [ "$(id -u)" -eq 0 ] || die "the image $pinned cannot be pulled, and making a base with debootstrap needs root"
    command -v debootstrap >/dev/null || die "the image $pinned cannot be pulled, and debootstrap is not installed"
    folder=$(mktemp -d)
    printf 'making %s with debootstrap\n' "$local_base" >&2
    debootstrap --variant=minbase bookworm "$folder/root" >"$folder/log" 2>&1 || { tail -n 5 "$folder/log" >&2; return 1; }
    rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/*
    tar -C "$folder/root" --sort=name -c . | docker import - "$local_base" >/dev/null
    rm -rf "$folder"
}

choose_base()
{
    if docker image inspect "$pinned" >/dev/null 2>&1 || timeout 120 docker pull -q "$pinned" >/dev/null 2>&1; then
        base=$pinned
    else
        base=$local_base
        docker image inspect "$base" >/dev/null 2>&1 || make_local_base
    fi
}

build_image()
{
    local log
    log=$(mktemp)
    if ! docker build --build-arg DEBIAN="$base" --build-arg VERSION="$version" --build-arg REVISION="$revision" \
        -f "docker/$1/Dockerfile" -t "portarium-$1:$version" . >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        die "portarium-$1 could not be built"
    fi
    rm -f "$log"
    printf '%-28s %s\n' "portarium-$1:$version" "$(docker image inspect -f '{{.Id}} {{.Size}}' "portarium-$1:$version")"
}

write_list()
{
    local name
    mkdir -p build
    for name in "${names[@]}"; do
        docker image inspect "portarium-$name:$version" |
            jq --arg base "$base" --arg revision "$revision" '.[0] | {name: .RepoTags[0], id: .Id, base: $base, revision: $revision}'
    done | jq -s . >build/images.json
}

if [ $# -gt 0 ]; then
    names=("$@")
else
    mapfile -t names < <(cd docker && printf '%s\n' */Dockerfile | sed 's|/Dockerfile||')
fi
choose_base
for name in "${names[@]}"; do
    [ -f "docker/$name/Dockerfile" ] || die "there is no docker/$name/Dockerfile"
    build_image "$name"
done
write_list
