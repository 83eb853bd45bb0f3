# SPDX-License-Identifier: PostgreSQL
"""bearer.py ACTOR ROLE[,ROLE]: prints a bearer token for the tenant of the environment."""

import os
import sys

from api import bearer_token


def main() -> None:
    actor, roles = sys.argv[1:]
    print(bearer_token(os.environ["PORTARIUM_TENANT"], actor, roles.split(",")))


main()
