#!/usr/bin/env bash
# The Debian packages that Portarium needs.
#
#   test/deps.sh [--build|--store|--compose] list       names, one a line (--build: only what building and running needs;
#                        --store: the object store of test/integration/evidence_store; --compose: what make test-compose needs)
#   test/deps.sh [--build|--store|--compose] missing    those that are not installed
#   test/deps.sh [--build|--store|--compose] install    installs the missing ones (as root, else with sudo); no change when none is missing
#
# Used by `make deps`, .ci/run and the launcher, so that the list is written once.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail

build_packages=(
    postgresql-15 postgresql-server-dev-15          # the server, pgbench, PGXS, libpq
    gcc libc6-dev make pkg-config
    libcurl4-openssl-dev libjansson-dev libssl-dev libseccomp-dev librdkafka-dev libnats-dev # the daemons' libraries
    node-llhttp                                     # the HTTP parser's C sources
    python3 python3-jsonschema curl openssl ca-certificates     # the demo's system of record, the launcher
)
test_packages=(
    postgresql-15-pgtap
    shellcheck cppcheck clang-format clang-tidy
    git jq procps python3-yaml yamllint python3-venv
    spin                                            # test/model
    debhelper postgresql-server-dev-all             # make dist
    pgbouncer                                       # test/integration/pool
    systemd                                         # systemd-analyze, for the gate of the units
    python3-grpcio                                  # test/terraform: what Terraform takes for a provider
    kcat                                            # reads what the relay's Kafka sink has written
    nats-server                                     # takes what its NATS sink publishes
)
store_packages=(ceph-mon ceph-osd radosgw ceph-common python3-boto3)

compose_packages=(
    docker.io docker-compose iptables
    debootstrap                                     # the base image, where no registry can be reached
    git jq openssl python3 curl iproute2 util-linux
)

die()
{
    printf 'deps.sh: %s\n' "$1" >&2
    exit 2
}

missing()
{
    local name
    for name in "${packages[@]}"; do
        # Virtual and replaced names do not occur in the list, so the exact name decides.
        [ "$(dpkg-query -W -f '${Status}' "$name" 2>/dev/null)" = 'install ok installed' ] || printf '%s\n' "$name"
    done
}

install_missing()
{
    local -a names sudo=()
    mapfile -t names < <(missing)
    [ "${#names[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "these packages are missing, install them as root: ${names[*]}"
        sudo=(sudo)
    fi
    printf 'installing Debian packages: %s\n' "${names[*]}"
    "${sudo[@]}" apt-get -qq update
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${names[@]}" </dev/null
}

packages=("${build_packages[@]}" "${test_packages[@]}")
if [ "${1:-}" = --build ]; then
    packages=("${build_packages[@]}")
    shift
elif [ "${1:-}" = --store ]; then
    packages=("${store_packages[@]}")
    shift
elif [ "${1:-}" = --compose ]; then
    packages=("${compose_packages[@]}")
    shift
fi
case ${1:-} in
    list) printf '%s\n' "${packages[@]}" ;;
    missing) missing ;;
    install) install_missing ;;
    *) die 'usage: deps.sh [--build|--store|--compose] list|missing|install' ;;
esac
