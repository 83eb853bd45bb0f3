# What must be on the machine before anything starts: Debian packages, the build, the installed extension.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the parts share variables
# SPDX-License-Identifier: PostgreSQL

# Says which packages are missing and installs them, after asking once when there is somebody to ask.
ensure_packages()
{
    missing=$("$root/test/deps.sh" --build missing | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    say "missing Debian packages: $missing"
    if [ -z "$assume_yes" ] && [ -t 0 ] && [ -t 1 ]; then
        printf 'install them now? [Y/n] '
        read -r reply
        case $reply in
            '' | [Yy]*) ;;
            *) die 'nothing was installed' ;;
        esac
    fi
    say 'installing them'
    quietly "$root/test/deps.sh" --build install || die 'the packages could not be installed'
}

ensure_build()
{
    quietly make -s -C "$root" build || die 'the build failed'
}

# True when PostgreSQL has the extension exactly as it is built here.
extension_is_installed()
{
    library=$("$pg_config" --pkglibdir)
    share=$("$pg_config" --sharedir)/extension
    cmp -s "$root/extension/portarium.so" "$library/portarium.so" || return 1
    for file in "$root"/extension/portarium*.control "$root"/extension/portarium--*.sql; do
        cmp -s "$file" "$share/$(basename "$file")" || return 1
    done
}

ensure_extension()
{
    extension_is_installed || quietly make -s -C "$root" install || die 'the extension could not be installed'
}

# The programs where the service user can run them. A running program keeps its old file.
install_programs()
{
    for name in sidecar egress executor notary keeper relay verify; do
        install_program "$root/build/portarium-$name"
    done
    install_program "$parts/supervise"
    for file in "$root"/examples/ledger/*.py; do
        install_program "$file"
    done
}

install_program()
{
    target=$state/bin/$(basename "$1")
    ! cmp -s "$1" "$target" || return 0
    install -m 0755 "$1" "$target.new"
    mv "$target.new" "$target"
}
