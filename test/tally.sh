# shellcheck shell=bash
# Counting test results; every suite sources this file.
#
# A result is one line in the file $TALLY: verdict, suite, name, reason, how many (1 unless said), separated by tabs.
# Suites that run one after the other share the file, and tally_close prints the one closing line of them all:
# N passed, N failed, N skipped.
# The script that makes the file (tally_open when TALLY is empty) is the one that closes it.
#
# SPDX-License-Identifier: PostgreSQL

tally_open()
{
    TALLY=$(mktemp "${TMPDIR:-/tmp}/tally.XXXXXX")
    export TALLY
    trap 'rm -f "$TALLY"' EXIT
}

# tally pass|fail|skip SUITE NAME [REASON]
tally()
{
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4:-}" >>"$TALLY"
    case $1 in
        pass) printf 'ok       %s %s\n' "$2" "$3" ;;
        fail) printf 'FAILED   %s %s%s\n' "$2" "$3" "${4:+: $4}" ;;
        skip) printf 'skipped  %s %s: %s\n' "$2" "$3" "$4" ;;
    esac
}

tally_count()
{
    awk -F '\t' -v verdict="$1" '$1 == verdict { n += $5 == "" ? 1 : $5 } END { print n + 0 }' "$TALLY"
}

# The closing lines of a program's output, summed: "passed failed skipped", or nothing.
tally_parse()
{
    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p' "$1" |
        awk '{ passed += $1; failed += $2; skipped += $3 } END { if (NR) print passed, failed, skipped }'
}

# What a program said had failed, in one line; at most the first ten: its lines "FAILED …", "not ok …" with the line behind it, and
# the last line of a Python traceback.
tally_failures()
{
    awk '{ sub(/^[a-z0-9_.+]+(:| \|) /, "") }
        behind { print $0 ";"; behind = 0 }
        /^FAILED / { sub(/^FAILED +/, ""); print $0 ";" }
        /^not ok / { print; behind = 1 }
        /^Traceback / { trace = 1 }
        trace && /^[A-Za-z_.]+(: |$)/ { print $0 ";"; trace = 0 }' "$1" | sed -n 1,10p | tr '\t\n' '  '
}

# Adds a program's own closing lines to the tally: tally_add SUITE OUTPUT-FILE EXIT-STATUS. A program that fails
# without saying so in its closing line, or prints none, is one failure.
tally_add()
{
    local suite=$1 status=$3 passed failed skipped
    read -r passed failed skipped < <(tally_parse "$2") || true
    if [ -z "${passed:-}" ]; then
        tally fail "$suite" run "exit status $status, no closing line"
        return
    fi
    printf 'pass\t%s\t%s tests\t\t%s\n' "$suite" "$passed" "$passed" >>"$TALLY"
    [ "$failed" -eq 0 ] || printf 'fail\t%s\t%s tests\t%s\t%s\n' "$suite" "$failed" "$(tally_failures "$2")" "$failed" >>"$TALLY"
    [ "${skipped:-0}" -eq 0 ] || printf 'skip\t%s\t%s tests\tsee above\t%s\n' "$suite" "$skipped" "$skipped" >>"$TALLY"
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        tally fail "$suite" run "exit status $status although nothing failed"
    fi
}

# Prints what failed and what was skipped, then the closing line. Nothing run is a failure too.
tally_close()
{
    local passed failed skipped
    passed=$(tally_count pass) failed=$(tally_count fail) skipped=$(tally_count skip)
    awk -F '\t' '$1 == "fail" { printf "FAILED   %s %s%s\n", $2, $3, $4 == "" ? "" : ": " $4 }
                 $1 == "skip" { printf "skipped  %s %s: %s\n", $2, $3, $4 }' "$TALLY"
    if [ "$((passed + failed + skipped))" -eq 0 ]; then
        printf 'no test was run\n'
        failed=1
    fi
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}
