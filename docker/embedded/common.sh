# Messages, the state directory and the user that everything runs as.
#
# State lives in ./.portarium, or where PORTARIUM_STATE says. For root, whose clone another user may be unable to enter,
# ./.portarium is a link to a directory in /var/lib, and the stack runs as the system user "portarium". For anybody else it
# is a plain directory, and the stack runs as the caller.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

service_user=$(id -un)
[ "$(id -u)" -ne 0 ] || service_user=portarium
pg_config=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
database=portarium

say()
{
    printf '%s\n' "$*"
}

die()
{
    printf 'portarium: %s\n' "$*" >&2
    exit 1
}

die_usage()
{
    printf 'portarium: %s\n' "$*" >&2
    exit 2
}

# Runs a command whose output matters only when it fails.
quietly()
{
    log=$(mktemp)
    status=0
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || cat "$log" >&2
    rm -f "$log"
    return "$status"
}

# Sets state, and what is below it. Makes nothing.
find_state()
{
    link=
    if [ -n "${PORTARIUM_STATE:-}" ]; then
        state=$PORTARIUM_STATE
        case $state in
            /*) ;;
            *) die_usage 'PORTARIUM_STATE must be an absolute path' ;;
        esac
    elif [ "$service_user" = portarium ]; then
        state=/var/lib/portarium-$(printf '%s' "$root" | sha256sum | cut -c 1-12)
        link=$root/.portarium
    else
        state=$root/.portarium
    fi
    data=$state/data
    secrets=$state/secrets
    [ ! -f "$state/addresses" ] || read_addresses
}

make_service_user()
{
    [ "$service_user" = portarium ] && ! getent passwd portarium >/dev/null || return 0
    say 'making the system user "portarium", which the stack runs as'
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portarium
}

# The directories, with the modes that keep secrets secret.
make_state()
{
    make_service_user
    make_link
    if [ ! -f "$state/README" ]; then
        # never somebody else's directory: destroy deletes this one
        rmdir "$state" 2>/dev/null || [ ! -e "$state" ] || die "$state is there and is not a state directory"
        install -d -m 0700 "$state"
        give "$state"
        printf 'State of the Portarium stack of %s. Delete it with: ./portarium destroy\n' "$root" | write_file "$state/README" 0600
    fi
    for name in bin run log programs credentials store notary conf secrets notary-key keys payloads; do
        as_service mkdir -p -m 0700 "$state/$name"
    done
}

make_link()
{
    [ -n "$link" ] || return 0
    [ -L "$link" ] || [ ! -e "$link" ] || die "$link is the stack of another user, who can destroy it"
    ln -sfn "$state" "$link"
}

# Makes a file or directory the service user's own.
give()
{
    [ "$service_user" != portarium ] || chown portarium:portarium "$@"
}

# Runs a command as the service user, with an environment of its own and without the launcher's lock.
as_service()
{
    (become_service "$@")
}

# The same, in place of the shell that calls it.
become_service()
{
    exec 9>&-
    [ "$service_user" != portarium ] || set -- setpriv --reuid=portarium --regid=portarium --clear-groups --no-new-privs "$@"
    cd "$state" 2>/dev/null || cd /
    exec env -i PATH="$PATH" LANG=C.UTF-8 HOME="$state" "$@"
}

# Writes standard input to a file of the service user with this mode; the file is whole or not there.
write_file()
{
    # shellcheck disable=SC2016  # the inner shell expands its own arguments
    as_service sh -c 'umask 077 && cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"' write_file "$1" "$2"
}

# Runs a test again and again until it succeeds; 1 after so many seconds.
wait_until()
{
    deadline=$(($(date +%s) + $1))
    shift
    while ! "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# One launcher at a time changes the stack. The lock is the open file; it is gone when the launcher is.
lock_state()
{
    exec 9>"$state/lock"
    flock -w 300 9 || die "another launcher has been at work on $state for five minutes"
}

# Free ports for the stack, kept from one start to the next while nobody else takes them, and what follows from them.
# Scripts may read the file too: . .portarium/addresses; curl "$api_url/runs"
choose_addresses()
{
    # shellcheck disable=SC2046  # four numbers
    set -- $(python3 -B "$parts/tool/ports.py" "${postgres_port:-0}" "${ledger_port:-0}" "${sidecar_port:-0}" "${admin_port:-0}")
    socket_dir=$(choose_socket_dir)
    write_file "$state/addresses" 0644 <<ADDRESSES
postgres_port=$1
ledger_port=$2
sidecar_port=$3
admin_port=$4
socket_dir=$socket_dir
ledger_url=http://127.0.0.1:$2
api_url=http://127.0.0.1:$3
admin_url=http://127.0.0.1:$4
ADDRESSES
    read_addresses
}

# A socket's path must fit into 107 bytes; a clone in a deep folder gets a short directory elsewhere.
choose_socket_dir()
{
    if [ "${#state}" -le 70 ]; then
        printf '%s\n' "$state/run"
    elif [ -d "${socket_dir:-}" ]; then
        printf '%s\n' "$socket_dir"
    else
        as_service mktemp -d /tmp/portarium-XXXXXXXX
    fi
}

read_addresses()
{
    # shellcheck source=/dev/null
    . "$state/addresses"
}
