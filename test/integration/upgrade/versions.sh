# shellcheck shell=bash
# Two versions made from this tree, so that the way between versions is tried with whatever the tree holds: 9.0.0 is the tree and
# before/, 9.1.0 the tree and after/. They are built by the extension's own Makefile, the update scripts too.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

# make_sources DIRECTORY VERSION OVERLAY SERVED
make_sources()
{
    local parts=$1/sql version=$2
    mkdir -p "$1"
    cp -r "$root"/extension/{Makefile,sql,upgrade} "$1"
    cp "$here/$3/87_sample.sql" "$parts"
    cp "$root/extension/portarium--$managed.control" "$1/portarium--$version.control"
    cp "$root/extension/portarium--$managed+native.control" "$1/portarium--$version+native.control"
    sed -i "s/^EXTVERSION = .*/EXTVERSION = $version/; s|^\tsql/88_install.sql|\tsql/87_sample.sql &|" "$1/Makefile"
    sed -i "s/select '[0-9.]*'::text/select '$version'::text/; s/select array\[.*\]/select array[$4]/" "$parts/01_version.sql"
    sed -i 's/^    perform portarium_int.stamp_approval();/&\n    perform portarium_int.stamp_sample();/
        s/^    perform portarium_int.stamp_views();/&\n    perform portarium_int.stamp_sample_views();/' "$parts/88_install.sql"
}

# The newer one fills a column, a few blocks at a time.
add_backfill()
{
    sed -i "s/select 1, ''::name, ''::name, ''::text/select 1, 'sample'::name, 'length'::name, 'pg_catalog.length(t.name)'/; s/^    where false//
        s/select 500/select 5/" "$1/sql/88_backfill.sql"
}

make_versions()
{
    make_sources "$work/old" 9.0.0 before "'9.0.0'"
    make_sources "$work/new" 9.1.0 after "'9.0.0', '9.1.0'"
    add_backfill "$work/new"
    make -s -C "$work/old" release portarium-managed.sql PG_CONFIG="$PG_CONFIG" &&
        cp -r "$work/old/released" "$work/new" &&
        make -s -C "$work/new" portarium--9.1.0.sql portarium--9.1.0--9.1.0+native.sql portarium--9.0.0--9.1.0.sql \
            portarium--9.0.0+native--9.1.0+native.sql portarium-managed--9.0.0--9.1.0.sql PG_CONFIG="$PG_CONFIG"
}

remove_versions()
{
    rm -f "$extension_dir"/portarium--9.[01].0*
}

install_versions()
{
    install -m 644 "$work"/old/portarium--9* "$work"/new/portarium--9* "$extension_dir"
}
