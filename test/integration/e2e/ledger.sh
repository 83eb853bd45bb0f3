# shellcheck shell=bash
# The system of record keeps each effect once, whatever faults it is asked for. Uses access grants of its own.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

test_ledger()
{
    check 'the ledger stores an effect' grant_is 201 one
    check 'a repeat gets the stored answer' repeat_is_equal one
    check 'a repeat with another body is a conflict' grant_is 409 one '"access":"write"'
    check 'a request without a key is refused' answers 400 -d "$(grant two)" "$ledger_url/access-grants"
    check 'a broken rule is refused' grant_is 422 two '"access":""'
    check 'a body that is no JSON is refused' answers 400 -H 'Idempotency-Key: two' -d '{' "$ledger_url/access-grants"
    check 'a body that is too large is refused' answers 413 -H 'Idempotency-Key: two' -d "$(head -c 70000 /dev/zero | tr '\0' x)" \
        "$ledger_url/access-grants"
    check 'a fault without a known mode is refused' answers 400 -d '{"mode":"explode"}' "$ledger_url/_faults"
    check 'fail answers with its status and stores nothing' fault_is '{"mode":"fail","status":507}' 507 three 0
    check 'drop-before gives no answer and stores nothing' fault_is '{"mode":"drop-before"}' 000 three 0
    check 'hang gives no answer and stores nothing' fault_is '{"mode":"hang","seconds":1}' 000 three 0
    check 'drop-after gives no answer and stores' fault_is '{"mode":"drop-after"}' 000 three 1
    check 'late answers after its time and stores' fault_is '{"mode":"late","seconds":1}' 201 four 1
    check 'a fault strikes what it names' fault_is '{"mode":"fail","reference":"TEST-six"}' 201 five 1
    check 'a fault waits for what it names' grant_is 503 six
    check 'a fault is used up' grant_is 201 six
}

# grant NAME [MEMBER]: the body of a request; the member replaces the one that was before it.
grant()
{
    printf '{"request_id":"TEST-%s","subject":"s","resource":"r","access":"read"%s}' "$1" "${2:+,$2}"
}

# answers STATUS CURL-ARGUMENT …: curl's status, 000 when there was no answer.
answers()
{
    local wanted=$1 got
    shift
    got=$(curl -s -m 20 -D "$work/headers" -o "$work/answer" -w '%{http_code}' "$@")
    [ "$got" = "$wanted" ] || { printf 'wanted %s, got %s\n' "$wanted" "$got"; cat "$work/answer"; return 1; }
}

# grant_is STATUS NAME [MEMBER]
grant_is()
{
    answers "$1" -H "Idempotency-Key: test-$2" -d "$(grant "$2" "${3:-}")" "$ledger_url/access-grants"
}

repeat_is_equal()
{
    grant_is 201 "$1" && cp "$work/answer" "$work/first" && grant_is 201 "$1" && cmp "$work/first" "$work/answer" &&
        grep -qi '^idempotent-replay: true' "$work/headers"
}

# fault_is FAULT STATUS NAME STORED: the answer under the fault, and how many effects there are afterwards.
fault_is()
{
    answers 201 -d "$1" "$ledger_url/_faults" && grant_is "$2" "$3" &&
        same "$4" count_grants "TEST-$3"
}

count_grants()
{
    ledger "/effects?kind=access-grant&reference=$1" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["effects"]))'
}
