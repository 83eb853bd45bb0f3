# shellcheck shell=bash
# The notary computes all of its store again. What was changed long ago and is not the newest is seen, too.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# audited: a round with an audit.
audited()
{
    NOTARY_AUDIT_HOURS=1 notary --once
}

# caught TEXT: the audit finds this.
caught()
{
    NOTARY_AUDIT_HOURS=1 refuses "$1"
}

# spoil FILE COMMAND …: the file below the store is changed, the audit must say the text, the file comes back.
spoil()
{
    local text=$1 file=$home/store/$2
    cp "$file" "$home/kept"
    chmod u+w "$file"
    "${@:3}" "$file"
    check "$2 changed" caught "$text"
    rm -f "$file"
    cp "$home/kept" "$file"
}

flip()
{
    python3 -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(-20, 2); b = f.read(1); f.seek(-20, 2); f.write(bytes([b[0] ^ 1]))' "$1"
}

first_of()
{
    (cd "$home/store" && find "$1" -type f | sort | sed -n 1p)
}

# The tiles that the next ones continue are looked at before anything is signed.
widest_of()
{
    (cd "$home/store" && find "$1" -type f | sort -V | tail -n 1)
}

test_audit()
{
    make_database audit
    for _ in 1 2 3; do append ann 3 && append bob 2 && seal && notary --once; done
    check 'an audit of a good store' audited
    check 'each tenant is told' same 't|3' "$(as ann "select body -> 'good', body -> 'checkpoints' from portarium.entries where kind = 'store.audited'" | sed 's/^true/t/')"
    seal && notary --once
    spoil 'store:' "$(first_of leaves)" flip
    spoil 'another length' "$(first_of leaves)" truncate -s -96
    spoil 'store has a gap' "$(first_of leaves)" rm -f
    spoil 'store:' "$(first_of meta)" flip
    spoil 'store has a gap' "$(first_of meta)" rm -f
    spoil 'at checkpoint' "$(first_of checkpoint)" flip
    spoil 'at checkpoint' "$(first_of checkpoint)" sed -i '3s/.*/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=/'
    spoil 'tiles that are not of the log' "$(widest_of tile/0)" flip
    spoil 'tiles that are not of the log' "$(widest_of tile/entries)" flip
    check 'each time the tenants are told' same 7 "$(as ann "select count(*) from portarium.entries where kind = 'store.audited' and body -> 'good' = 'false'")"
    seal
    check 'good again when it is as it was' audited
}
