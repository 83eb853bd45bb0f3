# Writes the way from a released version to this one, for one flavour:
#     awk -f step.awk [-v flavour=native] RELEASED native.sql PART …
# RELEASED is the script that installs the released version, the parts are this version's, native.sql what is C in the native flavour.
#
# Order of what it writes: refuse another version; drop the routines and types that are gone or look different from outside; take all
# grants away but those of the routines' owners; then this version's parts, in which each routine replaces its forerunner and keeps identity, owner and what was built
# on it; unchanged types are left alone. The last part grants anew. Last, data that this version does not serve refuse the update.
#
# SPDX-License-Identifier: PostgreSQL

function routine_name(line)
{
	sub(/^create (or replace )?(function|procedure) /, "", line)
	sub(/\(.*/, "", line)
	return line
}

function type_name(line)
{
	sub(/^create type /, "", line)
	sub(/ as.*/, "", line)
	return line
}

# What callers see of a routine: REPLACE may change anything else.
function is_inner(line)
{
	return line ~ /^ *(language|immutable|stable|volatile|strict|leakproof|parallel|set|cost|rows) ?/
}

# True when a statement's last line has been read: a semicolon ends it, unless it stands in a text. Remarks in a type may hold an
# apostrophe.
function ends(line,    quotes)
{
	if (kind == "routine" || kind == "block")
		return line ~ /\$[a-z]*\$;$/ || line ~ /^ *as '.*;$/
	quotes = text
	return line ~ /;$/ && (kind == "type" || gsub(/'/, "", quotes) % 2 == 0)
}

function start(line)
{
	kind = "other"
	if (line ~ /^create (or replace )?(function|procedure) /)
		kind = "routine"
	else if (line ~ /^create type /)
		kind = "type"
	else if (line ~ /^do \$\$/)
		kind = "block"
	name = kind == "routine" ? routine_name(line) : kind == "type" ? type_name(line) : ""
	text = seen = ""
	in_head = 1
}

# Keeps a statement of the released script or of this version.
function keep(released)
{
	if (kind == "routine" && released)
		old_seen[name] = old_seen[name] seen
	else if (kind == "routine")
		new_seen[name] = new_seen[name] seen
	else if (kind == "type" && released)
	{
		old_type[name] = text
		type_order[++types] = name
	}
	else if (kind == "type")
		new_type[name] = text
	if (!released)
	{
		order[++statements] = text
		order_kind[statements] = kind
		order_name[statements] = name
	}
}

FNR == 1 { file++ }

/^\\echo / || /^-- SPDX/ { next }

text == "" && (/^[ \t]*$/ || /^--/) { next }

{
	if (text == "")
		start($0)
	text = text $0 "\n"
	if (kind == "routine" && $0 ~ /^ *as /)
		in_head = 0
	if (kind == "routine" && in_head && !is_inner($0))
	{
		visible = $0
		sub(/create or replace /, "create ", visible)
		seen = seen visible "\n"
	}
	if (!ends($0))
		next
	if (file == 1)
		keep(1)
	else if (file == 2 && kind == "routine")
		native[name] = text
	else if (file > 2)
		keep(0)
	text = ""
}

# A type that changed takes along what is made of it.
function spread(    again, t, n)
{
	do
	{
		again = 0
		for (t in old_type)
		{
			if (t in changed)
				continue
			for (n in changed)
				if (old_type[t] ~ ("[ \t]" n "(\\[\\])?,?\n"))
					changed[t] = again = 1
		}
	} while (again)
	for (t in changed)
		for (n in old_seen)
			if (old_seen[n] ~ (t "[^a-z0-9_]"))
				gone[n] = 1
}

function write_drops(    n, i)
{
	printf "do $$\ndeclare\n    v_routine text;\nbegin\n    perform portarium_int.lend_roles(true);\n"
	printf "    for v_routine in\n        select p.oid::regprocedure::text\n        from pg_catalog.pg_proc p\n"
	printf "        join pg_catalog.pg_namespace n on n.oid = p.pronamespace\n        where n.nspname || '.' || p.proname in (''"
	for (n in gone)
		printf ", '%s'", n
	printf ")\n    loop\n        execute 'drop routine ' || v_routine;\n    end loop;\nend\n$$;\n"
	for (i = types; i >= 1; i--)
		if (type_order[i] in changed)
			printf "drop type %s;\n", type_order[i]
	printf "do $$\ndeclare\n    v_role name;\nbegin\n    for v_role in\n        select r.role_name from portarium_int.role_list() r\n        where not exists (select from pg_catalog.pg_proc p where p.proowner = r.role_name::regrole)\n    loop\n"
	printf "        execute pg_catalog.format('revoke all on schema portarium, portarium_int from %%I', v_role);\n"
	printf "        execute pg_catalog.format('revoke all on all routines in schema portarium, portarium_int from %%I', v_role);\n"
	printf "    end loop;\n    perform portarium_int.lend_roles(false);\nend\n$$;\n"
}

function write_guard()
{
	printf "do $$\nbegin\n    if portarium_int.version() <> '%s' then\n", from
	printf "        raise exception using\n            errcode = 'object_not_in_prerequisite_state',\n"
	printf "            message = pg_catalog.format('this file updates version \"%s\", and \"%%s\" is installed', portarium_int.version());\n", from
	printf "    end if;\nend\n$$;\n"
}

function write_parts(    i, n)
{
	for (i = 1; i <= statements; i++)
	{
		n = order_name[i]
		if (order[i] ~ /^create schema / || (order_kind[i] == "type" && n in old_type && !(n in changed)))
			continue
		if (order_kind[i] == "routine" && flavour == "native" && n in native)
			order[i] = native[n]
		sub(/^create (function|procedure)/, "create or replace &", order[i])
		sub(/^create or replace create /, "create or replace ", order[i])
		printf "\n%s", order[i]
	}
}

END {
	if (text != "")
	{
		print "step.awk: a statement has no end: " substr(text, 1, 80) >"/dev/stderr"
		exit 1
	}
	for (n in old_type)
		if (old_type[n] != new_type[n])
			changed[n] = 1
	spread()
	for (n in old_seen)
		if (old_seen[n] != new_seen[n])
			gone[n] = 1
	write_guard()
	write_drops()
	write_parts()
	print "\ndo $$ begin perform portarium_int.require_served(); end $$;"
}
