# shellcheck shell=sh
# What every database needs, wherever it is: read by database (Compose) and migrate (Kubernetes, managed servers), which define
# sql(), a call of psql that stops at errors, and secrets, the directory with the passwords and the context key.
#
# SPDX-License-Identifier: PostgreSQL

# shellcheck disable=SC2154  # secrets comes from who reads this

# An older version is brought to the image's; a flavour that somebody chose stays.
install_extension()
{
    sql <<'SQL'
set client_min_messages = warning;
create extension if not exists portarium;
select split_part(e.extversion, '+', 1) <> split_part(a.default_version, '+', 1) as outdated
from pg_extension e
join pg_available_extensions a on a.name = e.extname
where e.extname = 'portarium' \gset
\if :outdated
    alter extension portarium update;
\endif
call portarium.install();
call portarium.migrate();
SQL
}

# A password is part of a statement on standard input, never an argument that others could see.
make_logins()
{
    {
        printf 'set client_min_messages = warning;\n'
        for file in "$secrets"/portarium_*.password; do
            role=$(basename "$file" .password)
            printf "alter role %s login password '%s';\n" "$role" "$(cat "$file")"
            printf 'grant connect on database portarium to %s;\n' "$role"
        done
    } | sql
}

give_context_key()
{
    read -r key_id key <"$secrets/context.key"
    printf "select portarium.add_context_key('%s', '\\\\x%s');\n" "$key_id" "$key" | sql >/dev/null
}

trust_notary()
{
    printf "select portarium.trust_notary_key('%s');\n" "$(cat "$1")" | sql >/dev/null
}
