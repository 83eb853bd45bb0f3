# Passwords and keys. Each is made once, from the system's random numbers, in a file that only the service user reads.
# Nothing secret is ever an argument of a command or a variable of an environment.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

logins='portarium_sidecar portarium_egress portarium_executor portarium_notary portarium_keeper portarium_relay portarium_demo'

make_secrets()
{
    for login in $logins; do
        [ -f "$secrets/$login.password" ] || openssl rand -hex 24 | write_file "$secrets/$login.password" 0600
    done
    [ -f "$secrets/context.key" ] || make_context_key
    [ -f "$secrets/kek.key" ] || openssl rand -hex 32 | write_file "$secrets/kek.key" 0600
    [ -f "$secrets/jwt.key" ] || openssl rand -hex 32 | write_file "$secrets/jwt.key" 0600
}

# One line: the key's id and its 32 bytes in hexadecimal.
make_context_key()
{
    printf 'k1 %s\n' "$(openssl rand -hex 32)" | write_file "$secrets/context.key" 0600
}

# Lets psql find the demo login's password. Host "*" also stands for a socket's directory.
make_passfile()
{
    printf '*:*:%s:portarium_demo:%s\n' "$database" "$(cat "$secrets/portarium_demo.password")" |
        write_file "$secrets/pgpass" 0600
}
