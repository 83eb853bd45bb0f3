# shellcheck shell=bash
# C, SQL and ECMAScript agree on numbers; C and SQL agree on damaged texts.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# outcomes DATABASE: for each damaged text its canonical bytes, or that it is refused with a SQLSTATE of ours.
outcomes()
{
    sql "$1" <<SQL
create function pg_temp.outcome(p_text text)
    returns text
    language plpgsql
    as \$\$
begin
    return portarium.canonical_json(p_text)::text;
exception
    when others then
        return case when sqlstate like 'UP0%' then 'refused' else sqlstate || sqlerrm end;
end
\$\$;
create temp table damaged (text_hex text, nothing text);
\copy damaged from '$work/texts'
select text_hex, pg_temp.outcome(convert_from(decode(text_hex, 'hex'), 'UTF8')) from damaged;
SQL
}

# numbers_good DATABASE
numbers_good()
{
    sql "$1" <<SQL >"$work/wrong" || return
create temp table number (input text, wanted text);
\copy number from '$work/numbers'
select input, wanted, convert_from(portarium.canonical_json(input), 'UTF8') from number
where convert_from(portarium.canonical_json(input), 'UTF8') <> wanted;
SQL
    same '' "$(head -n 5 "$work/wrong")"
}

node_agrees()
{
    cut -f 1 "$work/numbers" | node -e '
        const lines = require("fs").readFileSync(0, "utf8").trimEnd().split("\n");
        process.stdout.write(lines.map(line => String(Number(line)) + "\n").join(""));' | sed 's/^-0$/0/' >"$work/node"
    cut -f 2 "$work/numbers" | cmp - "$work/node"
}

test_agree()
{
    make_database agree_native "$native"
    make_database agree_managed "$managed"
    python3 "$here/numbers.py" numbers >"$work/numbers"
    python3 "$here/numbers.py" texts >"$work/texts"
    check 'the golden vectors are what the generator writes' "$root/test/vectors/generate.py" --check
    check 'numbers in C' numbers_good agree_native
    check 'numbers in SQL' numbers_good agree_managed
    if command -v node >/dev/null; then
        check 'numbers in ECMAScript' node_agrees
    else
        skip 'numbers in ECMAScript' 'node is not installed'
    fi
    outcomes agree_native >"$work/native"
    outcomes agree_managed >"$work/managed"
    check 'damaged texts: there are outcomes' same 4000 "$(wc -l <"$work/native")"
    check 'damaged texts: of both kinds' grep -q '|\\x' "$work/native"
    check 'damaged texts: every refusal has a code of ours' same '' "$(grep -vE '\|(refused|\\x[0-9a-f]*)$' "$work/native")"
    check 'damaged texts in C and SQL' diff "$work/native" "$work/managed"
    psql -Xq -d postgres -c 'drop database agree_native' -c 'drop database agree_managed'
}
