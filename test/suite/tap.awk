# TAP in, "verdict<TAB>description<TAB>reason" out; checks the plan.
# SPDX-License-Identifier: PostgreSQL
/^1\.\.[0-9]+/ { planned = substr($1, 4); has_plan = 1 }
/^(not )?ok [0-9]+/ {
    seen++
    description = $0
    reason = ""
    sub(/^(not )?ok [0-9]+ *-? */, "", description)
    verdict = /^not ok/ ? "fail" : "pass"
    if (match(description, /# *[Ss][Kk][Ii][Pp] */)) {
        reason = substr(description, RSTART + RLENGTH)
        description = "test " $2
        verdict = "skip"
    }
    print verdict "\t" description "\t" reason
}
END {
    if (!has_plan)
        print "fail\tplan\tno plan"
    else if (planned + 0 != seen + 0)
        print "fail\tplan\tplanned " planned ", ran " seen + 0
}
