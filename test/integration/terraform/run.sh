#!/usr/bin/env bash
# terraform/providers/local against a real PostgreSQL server and a real object store: applied, found unchanged, refused what its contracts
# refuse, and destroyed, with what is protected or locked left standing.
#
# Needs terraform, and the extension installed (make test-integration); installs the object store when it is missing. Ends with: N passed, N failed,
# N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
own=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$own/../../.." && pwd)
rgw=$root/test/integration/evidence_store/rgw.sh
s3=$root/test/integration/evidence_store/s3.py
passed=0 failed=0
export AWS_ACCESS_KEY_ID=portarium-access AWS_SECRET_ACCESS_KEY=portarium-secret CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null TF_IN_AUTOMATION=1

# check NAME COMMAND …: the command succeeds.
check()
{
    if "${@:2}" >"$work/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED   %s\n' "$1"
        tail -n 20 "$work/said"
    fi
}

# refused TEXT COMMAND …: the command fails, and says so with these words.
refused()
{
    if "${@:2}" >"$work/answer" 2>&1 || ! grep -qF -e "$1" <(tr -s ' \n│' ' ' <"$work/answer"); then
        cat "$work/answer"
        return 1
    fi
}

query()
{
    psql -X -A -t -q -d portarium -c "$1"
}

says()
{
    local said
    said=$(query "$2")
    if [ "$said" != "$1" ]; then
        printf '"%s" instead of "%s"\n' "$said" "$1"
        return 1
    fi
}

settings()
{
    cat <<HCL
environment = "dev"
server      = { host = "$PGHOST", port = $PGPORT }
secrets     = "$work/secrets"
endpoint    = "$endpoint"
database = {
  kind = "managed", instances = 1, storage_gb = 5, deletion_protection = $1, encrypted = true, backup_days = 1, tls = "verify-full"
}
object_store = {
  bucket = "portarium-local", versioned = true, lock_mode = "COMPLIANCE", retention_class = "operational", retention_days = $2,
  public = false, encrypted = true, deletion_protection = false
}
HCL
}

tf()
{
    TF_INPUT=0 terraform -chdir="$root/terraform/providers/local" "$1" -no-color "${@:2}"
}

# with_settings PROTECTED DAYS VERB ARGUMENT …
with_settings()
{
    settings "$1" "$2" >"$work/local.tfvars"
    tf "$3" -state="$work/state" -var-file="$work/local.tfvars" "${@:4}"
}

make_secrets()
{
    local role
    mkdir "$work/secrets"
    for role in sidecar executor notary relay; do
        openssl rand -hex 24 >"$work/secrets/portarium_$role.password"
    done
    printf 'k1 %s\n' "$(openssl rand -hex 32)" >"$work/secrets/context.key"
}

no_password_in()
{
    [ -s "$1" ] && [ "$(cat "$work"/secrets/*.password | grep -c .)" = 4 ] && ! grep -qF -f <(cat "$work"/secrets/*.password) "$1"
}

# In the cluster that PGHOST names; leaves its counts in the file $1.
inside()
{
    work=$(mktemp -d)
    trap 'bash "$rgw" stop "$work/rgw"; rm -rf "$work"' EXIT
    export TF_DATA_DIR=$work/data
    make_secrets
    if ! endpoint=$(bash "$rgw" start "$work/rgw"); then
        printf 'FAILED   the object store does not start\n'
        exit 1
    fi
    check 'it is initialised without a provider' tf init
    check 'it is valid' tf validate
    check 'a retention of no days is refused' refused 'retention_days must be 1 or more' with_settings true 0 apply -auto-approve
    check 'nothing was made by what was refused' refused 'does not exist' query 'select 1'
    check 'it is applied' with_settings true 1 apply -auto-approve
    check 'a second plan changes nothing' with_settings true 1 plan -detailed-exitcode
    check 'the extension is there' says 1 "select count(*) from pg_extension where extname = 'portarium'"
    check 'its logins are there' says 4 "select count(*) from pg_roles where rolcanlogin and rolname ~ '^portarium_(sidecar|executor|notary|relay)\$'"
    check 'no password is in the state' no_password_in "$work/state"
    check 'an object gets the lock of the bucket' python3 "$s3" "$endpoint" overwrite portarium-local a/b text
    check 'it is that lock' python3 "$s3" "$endpoint" locked portarium-local COMPLIANCE 1
    check 'a protected database is not destroyed' refused 'deletion_protection is set, the database stays' \
        with_settings true 1 destroy -auto-approve -target=module.database
    check 'it is still there' says 1 "select count(*) from pg_extension where extname = 'portarium'"
    check 'a bucket with locked evidence is not destroyed' refused 'of its versions are locked' \
        with_settings true 1 destroy -auto-approve -target=module.object_store
    check 'its evidence is still there' python3 "$s3" "$endpoint" locked portarium-local COMPLIANCE 1
    without_protection
    printf '%s %s\n' "$passed" "$failed" >"$1"
}

# The same with a state of its own: the database is found as it is, an empty bucket is made; both go.
without_protection()
{
    rm "$work/state"
    check 'what is there already is found' with_settings false 1 apply -auto-approve -target=module.database
    check 'an unprotected database is destroyed' with_settings false 1 destroy -auto-approve -target=module.database
    check 'it is gone' refused 'does not exist' query 'select 1'
    check 'its logins are closed' database_roles_closed
    check 'an empty bucket is made' empty_bucket apply
    check 'and destroyed' empty_bucket destroy
    check 'it is gone' refused 'NoSuchBucket' python3 "$s3" "$endpoint" locked portarium-empty COMPLIANCE 1
}

database_roles_closed()
{
    [ "$(psql -X -A -t -q -c "select count(*) from pg_roles where rolcanlogin and rolname like 'portarium%'")" = 0 ]
}

empty_bucket()
{
    settings false 1 | sed 's/portarium-local/portarium-empty/' >"$work/local.tfvars"
    tf "$1" -state="$work/state" -var-file="$work/local.tfvars" -auto-approve -target=module.object_store
}

if [ "${1:-}" = --inside ]; then
    inside "$2"
    exit
fi
if ! command -v terraform >/dev/null; then
    printf 'skipped  terraform: it is not installed\n0 passed, 0 failed, 1 skipped\n'
    exit 0
fi
"$root/test/deps.sh" --store install || exit 1
counts=$(mktemp)
"$root/test/cluster.sh" run -o '-c shared_preload_libraries=portarium' -- bash "$own/run.sh" --inside "$counts"
read -r passed failed <"$counts" || { passed=0 failed=1; printf 'FAILED   the suite did not come to its end\n'; }
rm -f "$counts"
printf '%s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
