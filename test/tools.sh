#!/usr/bin/env bash
# Tools of the gates that Debian does not have, each at a pinned version, into build/tools; nothing is done for what is there.
#   helm, actionlint       by "go install" from the Go module proxy
#   kubernetes-validate    the schemas of Kubernetes' objects, from PyPI
#   promtool               out of Debian's package, which as a package would start a Prometheus
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$PWD/build/tools
mkdir -p "$folder"

go_tool()
{
    [ -x "$folder/$1" ] || command -v "$1" >/dev/null || GOBIN=$folder GOFLAGS=-p=1 go install "$2"
}

if command -v go >/dev/null; then
    go_tool helm helm.sh/helm/v3/cmd/helm@v3.22.0
    go_tool actionlint github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
else
    printf 'tools.sh: without Go, helm and actionlint must be on the PATH\n' >&2
fi
if [ ! -x "$folder/kubernetes-validate" ]; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" -q install kubernetes-validate==1.37.0
    ln -sf venv/bin/kubernetes-validate "$folder/kubernetes-validate"
fi
if [ ! -x "$folder/promtool" ] && ! command -v promtool >/dev/null; then
    mkdir -p "$folder/debian"
    (cd "$folder/debian" && apt-get -qq update && apt-get -qq download prometheus && dpkg-deb -x prometheus_*.deb .)
    mv "$folder/debian/usr/bin/promtool" "$folder/promtool"
    rm -r "$folder/debian"
fi
