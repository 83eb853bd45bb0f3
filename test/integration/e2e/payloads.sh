# shellcheck shell=bash
# A payload on its whole way: put over HTTP, kept by the keeper outside the database, read back by those who may.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

# rpc TOKEN FUNCTION ARGUMENTS: the status, a blank, the body.
rpc()
{
    http "$1" POST "/rpc/$2" "$3"
}

payload_is()
{
    sql_is "$1" "select status from portarium.payloads where payload_id = '$2'"
}

payload_says()
{
    rpc "$1" get_payload "{\"payload_id\": \"$2\"}" | grep -F "$3"
}

nothing_readable()
{
    ! grep -rqF 'a scan of seven' "$PORTARIUM_STATE/payloads" "$PORTARIUM_STATE/keys"
}

test_payloads()
{
    local admin alice mallory payload
    admin=$("$launcher" token demo ada admin)
    alice=$("$launcher" token demo alice requester)
    mallory=$("$launcher" token demo mallory operator)
    check 'a category' same '200 1' rpc "$admin" set_retention '{"category": "scans", "class": "Operational", "days": 30, "readers": ["reviewer"]}'
    payload=$(rpc "$alice" put_payload '{"content": "\\x61207363616e206f6620736576656e", "category": "scans", "media_type": "text/plain", "subject": "customer-7"}')
    check 'put' same 200 echo "${payload%% *}"
    payload=$(printf '%s' "${payload#* }" | tr -d '"')
    check 'kept outside the database' eventually 20 payload_is STORED "$payload"
    check 'where nobody reads it' nothing_readable
    check 'asked for' payload_says "$alice" "$payload" FETCHING
    check 'brought back' eventually 20 payload_says "$alice" "$payload" '\\x61207363616e206f6620736576656e'
    check 'not for everybody' payload_says "$mallory" "$payload" UP207
    check 'a payload of no category' http_status 409 "$alice" POST /rpc/put_payload '{"content": "\\x00", "category": "nothing"}'
}
