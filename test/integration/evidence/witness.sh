# shellcheck shell=bash
# Witnesses: hosts that sign only what extends what they have signed. Whoever has the notary's key and the database cannot get a second
# history past them.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

free_port()
{
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# make_witness NAME: a key, a place, a port and settings.
make_witness()
{
    mkdir -p "$work/$1/seen" && "$root/build/portarium-notary" keygen --witness --name "$1.example" --key "$work/$1/key" &&
        free_port >"$work/$1/port" && printf '%s\n' "NOTARY_KEY_FILE=$work/$1/key" "NOTARY_STATE=$work/$1/seen" "NOTARY_POLICY=$work/policy" \
        "NOTARY_WITNESS_LISTEN=127.0.0.1:$(cat "$work/$1/port")" >"$work/$1/conf"
}

# start_witness NAME: beside the test, once it listens.
start_witness()
{
    local end=$((SECONDS + 20))
    : >"$work/$1/out"
    "$root/build/portarium-notary" witness --config "$work/$1/conf" >"$work/$1/out" 2>>"$work/$1/log" &
    witnesses[$1]=$!
    jobs_started+=("$!")
    until [ -s "$work/$1/out" ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
    done
}

stop_witness()
{
    kill -TERM "${witnesses[$1]}"
    wait "${witnesses[$1]}"
}

# write_policy QUORUM-LINES …
write_policy()
{
    printf 'log %s\n' "$(cat "$home/key.vkey")"
    printf 'witness %s %s http://127.0.0.1:%s/\n' one "$(cat "$work/one/key.vkey")" "$(cat "$work/one/port")" \
        two "$(cat "$work/two/key.vkey")" "$(cat "$work/two/port")"
    printf '%s\n' "$@"
}

newest()
{
    find "$home/store/checkpoint" -type f | sort | tail -n 1
}

# signatures N: the newest checkpoint has so many lines of signatures.
signatures()
{
    same "$1" "$(grep -c '^— ' "$(newest)")"
}

sign_more()
{
    append ann 1 && seal && notary --once
}

witnessed()
{
    export_to ann "$home/ann.jsonl" && verify --policy "$1" "$home/ann.jsonl" && second --policy "$1" "$home/ann.jsonl"
}

# neither ARGUMENT …: both verifiers refuse.
neither()
{
    exits 1 verify "$@" && exits 1 second "$@"
}

ask()
{
    same "$1" "$(curl -s -o /dev/null -w '%{http_code}' "${@:2}" "http://127.0.0.1:$(cat "$work/one/port")/add-checkpoint")"
}

test_questions()
{
    local note
    note=$(cat "$(newest)")
    check 'another path' same 404 "$(curl -s -o /dev/null -w '%{http_code}' -d x "http://127.0.0.1:$(cat "$work/one/port")/")"
    check 'a question without a body' ask 411 -X POST
    check 'no question' ask 404
    check 'nonsense' ask 400 --data-binary nonsense
    check 'a size that is none' ask 400 --data-binary $'old 1x\n\n'"$note"$'\n'
    check 'an unknown log' ask 404 --data-binary $'old 0\n\n'"$(sed '1s/.*/example.org\/log/' "$(newest)")"$'\n'
    check 'a signature that is not the log'\''s' ask 403 --data-binary $'old 0\n\n'"$(head -n 3 "$(newest)")"$'\n\n— x AAAA\n'
    check 'too much' ask 413 --data-binary "@$work/much"
    check 'the same again is signed again' ask 200 --data-binary "old $(seen_size)"$'\n\n'"$note"$'\n'
    check 'and from another size it is not' ask 409 --data-binary $'old 1\n\n'"$note"$'\n'
}

seen_size()
{
    sed -n 2p "$(newest)"
}

# The notary's key and a database of one's own: another history under the same name.
test_second_history()
{
    local before=$home entries
    for entries in 1 60; do
        make_database "fork-$entries"
        cp "$before/key" "$before/key.vkey" "$home/"
        append ann "$entries" && seal
        for _ in $(seq "$entries"); do append ann 1 && seal; done
        check "no second history of $entries rounds" exits 1 notary --once
        check 'it is not published' [ -z "$(newest 2>/dev/null)" ]
    done
    check 'the witness says so' grep -E '"status":(409|422)' "$work/one/log"
    home=$before store=$before/store
}

test_witness()
{
    local -A witnesses=()
    make_database witness
    head -c 70000 /dev/zero | tr '\0' x >"$work/much"
    check 'two witnesses' eval 'make_witness one && make_witness two'
    write_policy 'group any any one two' 'quorum any' >"$work/policy"
    write_policy 'group both all one two' 'quorum both' >"$work/both"
    check 'they start' eval 'start_witness one && start_witness two'
    check 'one place has one witness' exits 1 "$root/build/portarium-notary" witness --config "$work/one/conf"
    export NOTARY_POLICY=$work/policy
    check 'signed' sign_more
    check 'by both, too' signatures 3
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do sign_more; done
    check 'and so is what follows' signatures 3
    check 'both verifiers hold them to a quorum' witnessed "$work/both"
    check 'the database takes no offence' same t "$(as ann 'select ok from portarium.verify_evidence()')"
    check 'an audit finds it good' audited
    test_foreign_witness
    test_questions
    test_missing
    test_second_history
    stop_jobs
    unset NOTARY_POLICY
}

test_foreign_witness()
{
    [ -x "$root/build/tiles-verifier" ] || return 0
    seal && notary --once
    witness_vkey=$work/one/key.vkey check 'a foreign verifier knows the cosignature' foreign
    make_witness "other-$RANDOM" && witness_vkey=$(find "$work" -path '*other-*/key.vkey') check 'and misses one that is not there' exits 1 foreign
}

test_missing()
{
    stop_witness one
    check 'with one of them' sign_more
    check 'it has one line less' signatures 2
    check 'one is enough for this policy' witnessed "$work/policy"
    check 'and not for that' neither --policy "$work/both" "$home/ann.jsonl"
    check 'the report counts them' eval "verify --json --policy '$work/policy' '$home/ann.jsonl' | grep -F '\"witnesses\":1'"
    sed 's/\(two.example [A-Za-z0-9+\/]\{60\}\)./\1A/; s/\(two.example [A-Za-z0-9+\/]\{62\}\)./\1B/' "$home/ann.jsonl" >"$home/forged.jsonl"
    check 'a cosignature that is forged' neither --policy "$work/policy" "$home/forged.jsonl"
    stop_witness two
    append ann 1 && seal
    check 'with none nothing is published' exits 1 notary --once
    check 'the last one is the last' signatures 2
    check 'they come back with what they have seen' eval 'start_witness one && start_witness two'
    check 'then it is published' exits 0 notary --once
    check 'by both' signatures 3
    check 'the store is whole' store_is_whole
}
