# Writes the way back from C: for each routine that native.sql (the first file) replaces, its statement from the SQL parts
# (the other files), as CREATE OR REPLACE. A routine that no part defines is an error.
#
# SPDX-License-Identifier: PostgreSQL

function routine_name(line)
{
	sub(/^create (or replace )?(function|procedure) /, "", line)
	sub(/\(.*/, "", line)
	return line
}

FNR == NR {
	if (/^create or replace (function|procedure) /)
		wanted[routine_name($0)] = 1
	else if (/^select /)
		last = last $0 "\n"
	next
}

/^create (function|procedure) / && routine_name($0) in wanted {
	found[routine_name($0)] = 1
	copying = 1
	sub(/^create /, "create or replace ")
}

copying { print }

# A body ends with $$; and a routine of one line with it, too.
copying && /\$\$;$/ {
	copying = 0
	print ""
}

END {
	for (name in wanted)
		if (!(name in found))
		{
			print "revert.awk: no part defines " name >"/dev/stderr"
			failed = 1
		}
	if (failed)
		exit 1
	printf "%s", last
}
