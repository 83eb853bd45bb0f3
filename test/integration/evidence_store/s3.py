#!/usr/bin/env python3
"""A bucket seen and changed through boto3: the reader that shares no code with the notary, and the storage administrator.

    s3.py ENDPOINT make|make-plain BUCKET
    s3.py ENDPOINT fetch BUCKET PREFIX DIRECTORY         every object, as files
    s3.py ENDPOINT locked BUCKET MODE DAYS               each key has one version, locked so for so long
    s3.py ENDPOINT delete-refused BUCKET KEY
    s3.py ENDPOINT hide BUCKET KEY                       a delete marker
    s3.py ENDPOINT overwrite BUCKET KEY TEXT
    s3.py ENDPOINT put-copy-unlocked BUCKET FROM TO
    s3.py ENDPOINT locked-between BUCKET KEY DAYS DAYS
    s3.py ENDPOINT held BUCKET KEY ON|OFF
    s3.py ENDPOINT release BUCKET KEY
    s3.py ENDPOINT relock BUCKET KEY MODE SECONDS        also to a shorter lock
    s3.py ENDPOINT wait-unlocked BUCKET KEY
    s3.py ENDPOINT remove BUCKET KEY                     its version
    s3.py ENDPOINT gone BUCKET KEY                       neither a version nor a delete marker

SPDX-License-Identifier: PostgreSQL
"""
import collections
import datetime
import pathlib
import sys
import time

import boto3
from botocore.exceptions import ClientError

endpoint, verb, bucket, *rest = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1",
                  aws_access_key_id="portarium-access", aws_secret_access_key="portarium-secret")


def pages(name):
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        yield from page.get(name, [])


def make():
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)


def make_plain():
    s3.create_bucket(Bucket=bucket)


def fetch(prefix, directory):
    for version in pages("Versions"):
        if version["Key"].startswith(prefix):
            path = pathlib.Path(directory, version["Key"][len(prefix):])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read())


def locked(mode, days):
    least = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=int(days), minutes=-5)
    counts = collections.Counter(version["Key"] for version in pages("Versions"))
    assert counts and not list(pages("DeleteMarkers")), "no object, or a delete marker"
    for version in pages("Versions"):
        assert counts[version["Key"]] == 1, version
        head = s3.head_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        assert head["ObjectLockMode"] == mode and head["ObjectLockRetainUntilDate"] >= least, (version, head)
    print(f"{len(counts)} objects")


def delete_refused(key):
    version = next(version for version in pages("Versions") if version["Key"] == key)
    try:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"], BypassGovernanceRetention=True)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return
    raise AssertionError("a locked version was deleted")


def hide(key):
    s3.delete_object(Bucket=bucket, Key=key)


def overwrite(key, text):
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode())


def put_copy_unlocked(source, target):
    s3.put_object(Bucket=bucket, Key=target, Body=s3.get_object(Bucket=bucket, Key=source)["Body"].read())


def version_of(key):
    return next(version["VersionId"] for version in pages("Versions") if version["Key"] == key)


def until(key):
    return s3.head_object(Bucket=bucket, Key=key, VersionId=version_of(key))["ObjectLockRetainUntilDate"]


def locked_between(key, least, most):
    days = (until(key) - datetime.datetime.now(datetime.timezone.utc)) / datetime.timedelta(days=1)
    assert int(least) <= days <= int(most), days


def held(key, status):
    found = s3.head_object(Bucket=bucket, Key=key, VersionId=version_of(key)).get("ObjectLockLegalHoldStatus", "OFF")
    assert found == status, found


def release(key):
    s3.put_object_legal_hold(Bucket=bucket, Key=key, VersionId=version_of(key), LegalHold={"Status": "OFF"})


def relock(key, mode, seconds):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=int(seconds))
    s3.put_object_retention(Bucket=bucket, Key=key, VersionId=version_of(key), BypassGovernanceRetention=True,
                            Retention={"Mode": mode, "RetainUntilDate": end})


def wait_unlocked(key):
    while datetime.datetime.now(datetime.timezone.utc) <= until(key) + datetime.timedelta(seconds=1):
        time.sleep(0.1)


def remove(key):
    s3.delete_object(Bucket=bucket, Key=key, VersionId=version_of(key), BypassGovernanceRetention=True)


def gone(key):
    left = [version for name in ("Versions", "DeleteMarkers") for version in pages(name) if version["Key"] == key]
    assert not left, left


globals()[verb.replace("-", "_")](*rest)
