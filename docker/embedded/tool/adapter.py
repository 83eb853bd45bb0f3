# SPDX-License-Identifier: PostgreSQL
"""adapter.py NAME: tries the contract of an adapter of the tenant, and records how that went, which enables or disables it.

Order: for each operation each of its cases: the input against its schema, the dry run where there is one, the operation itself, what came
of it against the case and the schema, and once more under the same key where the operation is idempotent. What does the jobs of runs does
the attempts, too: PORTARIUM_TRIAL is the command. Status 0 when all is as declared.
"""

import json
import os
import shlex
import subprocess
import sys
import uuid

import jsonschema

import paper
from api import Api, Problem, Unreachable


class Broken(Exception):
    """The adapter does not do as it declares."""


def attempt(adapter: dict, operation: str, given, key: str) -> dict:
    """What came of it, as an executor acknowledges it."""
    spec = adapter["operations"][operation] | {"kind": adapter["kind"], "base_url": adapter["base_url"]}
    request = {"tenant_id": adapter["tenant_id"], "adapter": adapter["name"], "spec": spec, "input": given,
               "idempotency_key": key, "timeout_ms": spec.get("timeout_ms", 60000)}
    done = subprocess.run(shlex.split(os.environ["PORTARIUM_TRIAL"]), input=json.dumps(request), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"it could not be tried: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)


def require_fit(value, schema, what: str) -> None:
    """The schema's members may be wrong, too: an operation is registered with any object."""
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(value, schema, jsonschema.Draft202012Validator)
    except jsonschema.ValidationError as error:
        raise Broken(f"the {what} does not fit its schema at {error.json_path}: {error.message}") from None
    except jsonschema.SchemaError as error:
        raise Broken(f"the schema of the {what} is none at {error.json_path}: {error.message}") from None


def contains(found, wanted) -> bool:
    """Members that are not asked for may be there, too; everything else is equal."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(name in found and contains(found[name], value) for name, value in wanted.items())
    return type(found) is type(wanted) and found == wanted


def require_outcome(ack: dict, case: dict) -> None:
    if ack.get("error") != case.get("error") or ack.get("unknown"):
        came = ack.get("error") or ("an unknown outcome" if ack.get("unknown") else "an output")
        raise Broken(f"{case.get('error', 'an output')} was to come, {came} came: {ack.get('cause', '')}")
    if "output" in case and not contains(ack["output"], case["output"]):
        raise Broken(f"the output is {json.dumps(ack['output'])}")


def result_of(adapter: dict, output):
    """What a repetition must give again: whether it is created or found is the status's to say."""
    return output["body"] if adapter["kind"] == "http" else output


def try_case(adapter: dict, name: str, case: dict) -> None:
    operation, key = adapter["operations"][name], str(uuid.uuid4())
    succeeds = "error" not in case
    if succeeds and "input" in operation:
        require_fit(case["input"], operation["input"], "input")
    if succeeds and "dry_run" in operation:
        require_outcome(attempt(adapter, operation["dry_run"], case["input"], str(uuid.uuid4())), {})
    ack = attempt(adapter, name, case["input"], key)
    require_outcome(ack, case)
    if not succeeds:
        return
    if "output" in operation:
        require_fit(ack["output"], operation["output"], "output")
    if operation.get("idempotent"):
        again = attempt(adapter, name, case["input"], key)
        require_outcome(again, case)
        if result_of(adapter, again["output"]) != result_of(adapter, ack["output"]):
            raise Broken("the same key gave something else the second time")


def cases_of(adapter: dict):
    """Each case with its operation and its name; an operation without any is broken by that."""
    for name, operation in sorted(adapter["operations"].items()):
        for number, case in enumerate(operation.get("contract", [None]), 1):
            yield name, f"{name}/{(case or {}).get('name', number)}", case


def verdict_on(adapter: dict, name: str, case: dict | None) -> str:
    """Empty when all is as declared."""
    try:
        if case is None:
            raise Broken("the operation has no case")
        try_case(adapter, name, case)
    except Broken as broken:
        return str(broken)
    return ""


def test(name: str) -> bool:
    tenant = Api("demo", "operator")
    found = tenant.view("adapters", name=f"eq.{name}")
    if not found:
        raise SystemExit(f'portarium: adapter "{name}" is not registered')
    verdicts = {label: verdict_on(found[0], operation, case) for operation, label, case in cases_of(found[0])}
    paper.table(["case", "what it broke"], [[label, verdict or "nothing"] for label, verdict in verdicts.items()])
    broken = [label for label, verdict in verdicts.items() if verdict]
    good = tenant.call("record_adapter_test", name=name, digest=found[0]["digest"], checked=len(verdicts), broken=broken)
    paper.line(f"{len(verdicts)} cases, {len(broken)} broken: the adapter is {'enabled' if good else 'disabled'}")
    return good


def main() -> int:
    try:
        return 0 if test(sys.argv[1]) else 1
    except (Problem, Unreachable) as error:
        print(f"portarium: {error}", file=sys.stderr)
        return 1


sys.exit(main())
