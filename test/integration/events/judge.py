"""The SDKs of PyPI read what was sent: {"secret", "requests": [[headers, body in base64]]} on stdin, a type a line out.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import json
import sys

from cloudevents.v1.http import from_http
from standardwebhooks.webhooks import Webhook


def main():
    given = json.load(sys.stdin)
    for headers, body in given["requests"]:
        raw = base64.b64decode(body)
        Webhook(given["secret"]).verify(raw, headers)
        event = from_http(headers, raw)
        assert event["specversion"] == "1.0" and event["tenantid"] and event["correlationid"] and event["sequence"].isdigit(), event
        print(event["type"])


if __name__ == "__main__":
    main()
