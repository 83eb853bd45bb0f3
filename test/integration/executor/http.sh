# shellcheck shell=bash
# The http adapter: what is sent, what comes back, and what an answer that does not come means.
#
# shellcheck disable=SC2154  # variables of run.sh and daemons.sh
# SPDX-License-Identifier: PostgreSQL

http_input='{"id": "a b/c?d", "amount": 12.10, "dots": ".."}'

test_http()
{
    local name names=()
    start_executor executor
    for name in $(jq -r 'keys[] | select(test("late|_once|_long|flaky|traced") | not)' "$here/adapters/web.json"); do
        names+=("$name")
        start_named "$name" "web-$name" "$http_input"
    done
    for name in refused refused_idempotent; do
        names+=("$name")
        start_named "$name" "closed-$name"
    done
    start_flaky
    start_traced
    check 'all HTTP runs end' eventually 20 ended "${names[@]}" flaky traced
    judge "$here/http.expected"
    test_http_requests
    test_http_outputs
    test_http_flaky
    check 'no secret is in the log' no_secret_logged executor
    check_stopped 'SIGTERM ends an idle executor with status 0' executor
    test_http_private
    test_http_tls
}

# Unless the operator allows it, an adapter's URL does not lead into the executor's own network.
test_http_private()
{
    start_executor executor EXECUTOR_PRIVATE_NETWORK=off
    start_named private web-ok '{"id": "private", "amount": 1}'
    check 'a private address fails the action' eventually 10 state_is private FAILED
    check 'and says why' same 'Http.Connect: the address is not allowed' "$(run_field private "error || ': ' || cause")"
    check 'nothing is sent' requests_are 0 '.path | startswith("/ok/private")'
    check_stopped 'the executor leaves' executor
}

no_secret_logged()
{
    ! grep -q t0p-secret "$work/out/$1" "$work/out/$1.log"
}

# A certificate that is not trusted ends the action before anything is sent.
test_http_tls()
{
    start_executor executor
    start_named untrusted secure-post '{"id": "untrusted"}'
    check 'a certificate that nobody vouches for' eventually 10 state_is untrusted FAILED
    check 'is no unknown outcome' same Http.Connect "$(run_field untrusted error)"
    check 'nothing is sent' requests_are 0 '.path == "/ok/untrusted"'
    check_stopped 'the executor leaves' executor
    start_executor executor EXECUTOR_CA="$work/tls.crt"
    start_named trusted secure-post '{"id": "trusted"}'
    check 'a certificate of a named authority' eventually 10 state_is trusted SUCCEEDED
    check_stopped 'the executor leaves' executor
}

start_flaky()
{
    register_workflow flaky portarium:action:web.flaky \
        '"Retry":[{"ErrorEquals":["Ledger.Unavailable"],"IntervalSeconds":1,"BackoffRate":1,"MaxAttempts":3}],'
    start_named flaky flaky
}

start_traced()
{
    sql -c 'begin' -c "set local portarium.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'" \
        -c "select portarium.start_run('web-traced', '{}')" -c 'commit' >"$work/runs/traced"
}

test_http_requests()
{
    check 'a path is percent-encoded, digits are kept' saw_request '.path == "/ok/a%20b%2Fc%3Fd?amount=12.10"'
    check 'a body template is filled' saw_request \
        '.path == "/ok/a%20b%2Fc%3Fd?amount=12.10" and .body == "{\"sum\": 12.10, \"fixed\": 1.5, \"order\": \"a b/c?d\"}"'
    check 'the credential is sent' saw_request '.headers.Authorization == "Bearer t0p-secret"'
    check 'the idempotency key is sent' saw_request ".headers[\"Idempotency-Key\"] == \"$(cat "$work/runs/ok"):Do:1\""
    check 'the input is the body' saw_request '.path == "/ok/whole" and .method == "PUT" and (.body | contains("12.10"))'
    check 'a GET has no body' saw_request '.path == "/ok/get" and .body == "" and (.headers | has("Content-Length") | not)'
    check 'a POST without a body says so' saw_request '.path == "/empty" and .headers["Content-Length"] == "0"'
    check 'the trace goes on' saw_request '.path == "/ok/traced" and (.headers.traceparent // "" | contains("0af7651916cd43dd8448eb211c80319c"))'
    check 'a redirect is not followed' requests_are 0 '.path == "/ok/redirected"'
    check 'bad input sends nothing' requests_are 0 '.path | test("/ok/(\\.|no_cred|open_cred)|nothing")'
    check 'nothing is sent twice' requests_are 1 '.path == "/drop/a"'
}

test_http_outputs()
{
    check 'an output has status, four headers and the body' same \
        '{"body": {"big": 12345678901234567890, "amount": 12.10}, "status": 201, "headers": {"ETag": "\"v1\"", "Location": "/effects/1", "Content-Type": "application/json"}}' \
        "$(run_field ok output)"
    check 'text becomes a string' same '"größer\n"' "$(run_field text "output -> 'body'")"
    check 'nothing becomes null' same null "$(run_field empty "output -> 'body'")"
    check 'the answer to HEAD has no body' same null "$(run_field head "output -> 'body'")"
}

test_http_flaky()
{
    check 'Retry matches a mapped error' state_is flaky SUCCEEDED
    check 'every attempt has the same key' same 1 \
        "$(jq -r 'select(.path == "/flaky") | .headers["Idempotency-Key"]' "$work/requests" | sort -u | wc -l)"
    check 'there were three' requests_are 3 '.path == "/flaky"'
}
