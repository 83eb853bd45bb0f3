# shellcheck shell=bash
# The store as a tlog-tiles log, read by an implementation of that standard that others have written (test/verifier/tiles).
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# build_foreign: the foreign verifier; 2: its modules cannot be had here.
build_foreign()
{
    local source=$root/test/verifier/tiles
    command -v go >/dev/null || { foreign_missing='there is no Go'; return 2; }
    (cd "$source" && go mod download) >/dev/null 2>&1 || { foreign_missing='its Go modules cannot be fetched'; return 2; }
    (cd "$source" && GOFLAGS='-p=1 -buildvcs=false' go build -o "$root/build/tiles-verifier" .)
}

# foreign: the store, by the key vkey names and the witness witness_vkey does, with its newest checkpoint where a reader of logs looks for it.
foreign()
{
    rm -rf "$home/log-view" && mkdir "$home/log-view" && ln -s "$home/store/tile" "$home/log-view/tile" &&
        cp "$(find "$home/store/checkpoint" -type f | sort | tail -n 1)" "$home/log-view/checkpoint" &&
        "$root/build/tiles-verifier" "$home/log-view" "${vkey:-$home/key.vkey}" ${witness_vkey:+"$witness_vkey"}
}

# foreign_refuses FILE: not once this file of the store has another byte.
foreign_refuses()
{
    local file=$home/store/$1 status=0
    cp "$file" "$home/kept" && chmod u+w "$file" && flip "$file"
    foreign || status=$?
    rm -f "$file" && cp "$home/kept" "$file"
    same 1 "$status"
}

# grow SIZE: until the meta-log has so many leaves; the native sealer may take several entries in a round.
grow()
{
    sql -c 'set search_path = pg_catalog, portarium_data' -c "do \$\$ begin
        while (select size from meta_tree) < $1 loop
            perform portarium_int.tell_tenants(array(select tenant_id from tenant where slug = 'ann'), 'evidence.heartbeat', 'test', '{}');
            commit;
            perform portarium_int.seal();
            commit;
        end loop; end \$\$"
}

test_tiles()
{
    local status=0
    make_database tiles
    append ann 2 && append bob 1 && seal && notary --once
    grow 300 && notary --once
    check 'more than one tile, and the store is whole' eval "store_is_whole && [ -f '$home/store/tile/0/000' ]"
    rm -rf "$home/store/tile"
    grow 305
    check 'a store without tiles gets all of them' exits 0 notary --once
    check 'and is whole' store_is_whole
    grow 530 && notary --once
    check 'it goes on from the last ones' store_is_whole
    spoil 'no tile' tile/0/000 flip
    spoil 'no tile' tile/entries/001 flip
    spoil 'no tile' tile/0/001 rm -f
    build_foreign || status=$?
    if [ "$status" -eq 2 ]; then
        printf 'SKIPPED  %s: tiles and checkpoints by a foreign verifier: %s\n' "$flavour" "$foreign_missing"
        skipped=$((skipped + 1))
        return
    fi
    check 'the foreign verifier is built' same 0 "$status"
    check 'it finds that tiles, bundles and checkpoint fit' foreign
    check 'not a tile that was changed' foreign_refuses tile/0/000
    check 'nor an entry' foreign_refuses tile/entries/000
    check 'nor another root' foreign_refuses "$(cd "$home/store" && find tile/1 -type f | sort | tail -n 1)"
    make_key "$home/other"
    vkey=$home/other.vkey check 'nor another key' exits 1 foreign
}
