#!/usr/bin/env bash
# What make dist hands out: each thing is installed as its user would, and works.
#
#   test/integration/package/run.sh
#
# Order: make dist; the checksums; the extension's tarball, built anew and installed beside; the Debian package, unpacked, compared with
# what make install installs; the file for psql and the file for pg_tle, by a role that may do no more than make roles. pg_tle itself is
# tried where the server has it; where it has not, what our file tells it is kept by functions with its documented signatures, and
# installed by CREATE EXTENSION under the control that pg_tle gives: no superuser, no schema.
# Needs to write into PostgreSQL's extension directory. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
extension_dir=$("$PG_CONFIG" --sharedir)/extension
cluster=package

# shellcheck source=test/integration/extension/lib.sh
. "$root/test/integration/extension/lib.sh"

# same_files DIRECTORY: it has the extension's files as they are installed here, and no other.
same_files()
{
    local file count=0
    while read -r file; do
        cmp "$1/$file" "/$file" || return
        count=$((count + 1))
    done < <(cd "$1" && find usr/share/postgresql/15/extension -name 'portarium*' -type f | sort)
    [ "$count" -ge 8 ] && cmp <(exported "$1$("$PG_CONFIG" --pkglibdir)/portarium.so") <(exported "$("$PG_CONFIG" --pkglibdir)/portarium.so")
}

# What a library offers; the code differs by the paths and options of its build.
exported()
{
    nm -D --defined-only "$1" | awk '{ print $3 }'
}

test_tarball()
{
    local version=$managed
    check 'the checksums' eval "cd '$root/dist' && sha256sum -c SHA256SUMS"
    check 'the whole source has this readme' grep -q '^# Portarium' <(tar -xOf "$root/dist/portarium-$version.tar.gz" "portarium-$version/README.md")
    tar -C "$work" -xf "$root/dist/portarium-extension-$version.tar.gz"
    check 'the extension is built from its tarball' make -s -C "$work/portarium-extension-$version" PG_CONFIG="$PG_CONFIG"
    check 'and installed' make -s -C "$work/portarium-extension-$version" install PG_CONFIG="$PG_CONFIG" DESTDIR="$work/destination"
    check 'as from the tree' same_files "$work/destination"
}

test_debian()
{
    local package
    package=$(find "$root/dist" -name 'postgresql-15-portarium_*.deb')
    if [ -z "$package" ]; then
        skip 'the Debian package' 'debhelper or postgresql-server-dev-all is not installed'
        return
    fi
    check 'the package is for this server' same postgresql-15-portarium "$(dpkg-deb -f "$package" Package)"
    check 'and asks for it' grep -q 'postgresql-15' <(dpkg-deb -f "$package" Depends)
    check 'the package can be installed beside what is here' dpkg --dry-run --install "$package"
    dpkg-deb -x "$package" "$work/package"
    check 'it holds what make install installs' same_files "$work/package"
}

as_plain_owner()
{
    PGUSER=plain_owner sql "$@"
}

works()
{
    as_plain_owner "$1" -c 'call portarium.install()' -c 'call portarium.migrate()' >/dev/null &&
        sql "$1" -c "select portarium.create_tenant('acme', null, '00000000-0000-7000-8000-000000000001')" \
            -c "select portarium.bind_login(session_user, '00000000-0000-7000-8000-000000000001', 'ana', '{}')" \
            -c "select portarium.append_evidence('app.note', '{}')" -c 'select portarium_int.seal()' >/dev/null &&
        sql_is t "$1" 'select ok from portarium.verify_evidence()' &&
        sql_is 0 "$1" "select count(*) from portarium.health() where severity = 'error'"
}

# moves DATABASE: there and back as the login that installed it, with a reader, whose role goes with the home.
moves()
{
    local tenant='00000000-0000-7000-8000-000000000001'
    as_plain_owner "$1" -c "call portarium.move_tenant('$tenant', 'B')" >/dev/null 2>&1 &&
        as_plain_owner "$1" -c "select portarium.create_reader('$tenant')" >/dev/null &&
        as_plain_owner "$1" -c "call portarium.move_tenant('$tenant', 'A')" >/dev/null 2>&1 &&
        sql "$1" -c 'select portarium_int.seal()' >/dev/null &&
        sql_is 'true 3' "$1" "select ok || ' ' || checked from portarium.verify_evidence()" &&
        sql_is '0 A' "$1" "select (select count(*) from pg_roles where rolname ~ '_reader\$') || ' ' || tier from portarium_data.tenant"
}

# pg_tle's functions by their documented signatures, keeping what they are told.
make_recorder()
{
    sql tle <<'SQL'
create schema pgtle;
create table pgtle.told (name text, file text, ext text);
create function pgtle.install_extension(name text, version text, description text, ext text, requires text[] default null)
    returns boolean language sql as $$ insert into pgtle.told values (name, '--' || version, ext); select true $$;
create function pgtle.install_extension_version_sql(name text, version text, ext text)
    returns boolean language sql as $$ insert into pgtle.told values (name, '--' || version, ext); select true $$;
create function pgtle.install_update_path(name text, fromvers text, tovers text, ext text)
    returns boolean language sql as $$ insert into pgtle.told values (name, '--' || fromvers || '--' || tovers, ext); select true $$;
create function pgtle.set_default_version(name text, version text)
    returns boolean language sql as $$ select exists (select from pgtle.told t where t.file = '--' || version) $$;
SQL
}

# The told text as an extension of another name, so that ours stays as it is here.
install_told()
{
    printf "superuser = false\nrelocatable = false\ndefault_version = '%s'\n" "$managed" >"$extension_dir/portarium_told.control"
    sql tle -c "select ext from pgtle.told where file = '--$managed'" >"$extension_dir/portarium_told--$managed.sql"
}

test_files()
{
    psql -Xq -d postgres -c 'create role plain_owner login createrole'
    for name in by_file tle; do
        psql -Xq -d postgres -c "create database $name owner plain_owner"
    done
    psql -Xq -d postgres -c 'create role portarium_admin' -c 'grant portarium_admin to plain_owner'
    check 'the file for psql' eval "PGUSER=plain_owner psql -XAtq -1 -v ON_ERROR_STOP=1 -d by_file -f '$root/dist/portarium-managed.sql'"
    check 'the file for psql works' works by_file
    check 'and moves a tenant' moves by_file
    if [ "$(sql tle -c "select count(*) from pg_available_extensions where name = 'pg_tle'")" = 1 ]; then
        sql tle -c 'create extension pg_tle' -c 'grant pgtle_admin to plain_owner'
        check 'the file for pg_tle' as_plain_owner tle -f "$root/dist/portarium-tle.sql"
        check 'an extension of pg_tle' as_plain_owner tle -c 'create extension portarium'
    else
        skip 'pg_tle itself' 'the server does not have it; its documented functions stand in'
        make_recorder
        check 'the file for pg_tle' sql tle -f "$root/dist/portarium-tle.sql"
        check 'tells it the name and the version' sql_is "portarium --$managed" tle "select name || ' ' || file from pgtle.told"
        install_told
        check 'an extension without superuser and schema' as_plain_owner tle -c 'create extension portarium_told'
    fi
    check 'the extension by pg_tle works' works tle
    check 'and moves a tenant' moves tle
}

if [ "${1:-}" = --inside ]; then
    work=$2
    test_tarball
    test_debian
    test_files
    printf '%s %s %s\n' "$passed" "$failed" "$skipped" >"$work/counts"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"; rm -f "$extension_dir"/portarium_told*' EXIT
if ! make -s -C "$root" dist >"$work/log" 2>&1; then
    tail -n 20 "$work/log"
    printf '0 passed, 1 failed, 0 skipped\n'
    exit 1
fi
"$root/test/cluster.sh" run -- bash "$here/run.sh" --inside "$work"
read -r passed failed skipped <"$work/counts" || failed=1
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
