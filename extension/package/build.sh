#!/usr/bin/env bash
# make dist: what is handed out, into dist/ of the repository.
#
#   extension/package/build.sh [--deb]
#
#   portarium-VERSION.tar.gz                       the source of everything, as committed
#   portarium-extension-VERSION.tar.gz             the extension alone: `make && make install`
#   portarium-managed.sql, portarium-managed--OLD--VERSION.sql     for psql
#   portarium-tle.sql, portarium-tle--OLD--VERSION.sql             for pg_tle
#   postgresql-15-portarium_VERSION_ARCH.deb       with --deb, or where debhelper and postgresql-server-dev-all are installed
#   SHA256SUMS                                     of all of them
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
version=$(sed -n 's/^EXTVERSION = //p' "$root/extension/Makefile")
# packages are dated by the commit, so that two builds of one are alike
SOURCE_DATE_EPOCH=$(git -c safe.directory='*' -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS=noautodbgsym

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The extension's folder as the tree has it, without what was built; LICENSE and the scripts of releases are part of it.
make_extension_tarball()
{
    local name=portarium-extension-$version
    mkdir -p "$work/$name"
    (cd "$root/extension" && git -c safe.directory='*' ls-files -z . | xargs -0 cp --parents -t "$work/$name")
    cp "$root/LICENSE" "$work/$name"
    tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -czf "$root/dist/$name.tar.gz" "$name"
}

make_package()
{
    local source=$work/portarium-extension-$version
    cp -r "$here/debian" "$source"
    sed 's/^$/./; s/^/ /' "$root/LICENSE" >>"$source/debian/copyright"
    printf 'portarium (%s) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- Portarium for PostgreSQL <packages@portarium.invalid>  %s\n' \
        "$version" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" >"$source/debian/changelog"
    (cd "$source" && pg_buildext updatecontrol && dpkg-buildpackage -b -us -uc -tc) >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" >&2
        return 1
    }
    cp "$work"/*.deb "$root/dist"
}

rm -rf "$root/dist"
mkdir -p "$root/dist"
git -c safe.directory='*' -C "$root" archive --format=tar.gz --prefix="portarium-$version/" -o "$root/dist/portarium-$version.tar.gz" HEAD
make -s -C "$root/extension" PG_CONFIG="${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}"
cp "$root"/extension/portarium-managed*.sql "$root"/extension/portarium-tle*.sql "$root/dist"
make_extension_tarball
if [ "${1:-}" = --deb ] || { command -v dh && command -v pg_buildext; } >/dev/null 2>&1; then
    make_package
else
    echo 'no Debian package: debhelper or postgresql-server-dev-all is not installed'
fi
(cd "$root/dist" && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
