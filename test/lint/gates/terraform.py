"""Terraform: formatted, valid, its tests pass (each contract refuses what it must), every environment can be planned, every rule of a
contract has a run that it must refuse, and production and staging are of one shape. Needs terraform and no provider; the modules that need one
have a gate of their own, providers.

SPDX-License-Identifier: PostgreSQL
"""
import json
import re
import shutil
import tempfile
from pathlib import Path

from hcl import first_error, run, tests
from schema import against_schema

ROOT = "terraform"
# What staging may have otherwise than production.
MAY_DIFFER = {"environment", "network.cidr", "network.egress_cidrs", "cluster.api_cidrs", "database.storage_gb", "object_store.bucket", "object_store.retention_days",
              "identity.token_audience"}


def check(tree):
    if not tree.files(f"{ROOT}/*.tf"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        for path in tree.files(f"{ROOT}/*"):
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tree.root / path, target)
        return list(findings(tree, Path(folder) / ROOT))


def findings(tree, folder):
    yield from (f"{ROOT}/{path}: not formatted" for path in run(folder, "fmt", "-check", "-recursive").stdout.split())
    for verb in (("init", "-backend=false", "-input=false"), ("validate",)):
        done = run(folder, *verb)
        if done.returncode != 0:
            yield f"{ROOT}: terraform {verb[0]}: {first_error(done)}"
            return
    yield from tests(folder, ROOT)
    yield from uncovered(tree)
    yield from environments(tree, folder)


def uncovered(tree):
    """A contract needs at least as many refusing runs as it has rules about its settings."""
    for path in tree.files(f"{ROOT}/modules/*/contract/variables.tf"):
        capability = path.split("/")[2]
        rules = tree.text(path).split('variable "settings"')[-1].count("validation {")
        suite = f"{ROOT}/tests/{capability}.tftest.hcl"
        refusals = tree.text(suite).count("expect_failures = [var.settings]") if suite in tree.paths else 0
        if refusals < rules:
            yield f"{path}: {rules} rules, {refusals} runs that are refused"


def environments(tree, folder):
    shapes = {}
    for path in tree.files(f"{ROOT}/environments/*.tfvars"):
        name = Path(path).stem
        plan = run(folder, "plan", "-input=false", f"-var-file=environments/{name}.tfvars", f"-out={name}.plan")
        if plan.returncode != 0:
            yield f"{path}: {first_error(plan)}"
            continue
        shown = json.loads(run(folder, "show", "-json", f"{name}.plan").stdout)
        shapes[name] = flat({key: value["value"] for key, value in shown["variables"].items()})
        yield from (f"{path}: {text}" for text in against_schema(manifests(shown)))
    if {"staging", "prod"} <= set(shapes):
        for key in sorted(set(shapes["staging"]) | set(shapes["prod"])):
            if shapes["staging"].get(key) != shapes["prod"].get(key) and key not in MAY_DIFFER and not re.match(r"identity\.accounts\.", key):
                yield f"{ROOT}/environments/staging.tfvars: {key} is not as in production"


def manifests(plan):
    """What the policy wants applied to the cluster."""
    inputs = [change["change"]["after"]["input"] for change in plan["resource_changes"] if change["address"] == "terraform_data.environment"]
    return inputs[0]["policy"]["admission"] if inputs else []


def flat(value, name=""):
    if not isinstance(value, dict):
        return {name: value}
    return {key: inner for member, part in value.items() for key, inner in flat(part, f"{name}.{member}".lstrip(".")).items()}


PLANTED = {
    f"{ROOT}/data.tf": 'resource "terraform_data" "environment" {\n  input = { policy = { admission = [{\n    apiVersion = "v1"\n    kind       = "ConfigMap"\n'
                       '    metadata   = { name = "x" }\n    dta        = {}\n  }] } }\n}\n',
    f"{ROOT}/main.tf": 'variable "environment" {\n  type = string\n}\n\nvariable "size" {\n  type = number\n  validation {\n'
                       '    condition     = var.size > 0\n    error_message = "size must be above 0."\n  }\n}\n',
    f"{ROOT}/bad.tf": 'output "x" {\n  value=var.size\n}\n',
    f"{ROOT}/modules/x/contract/variables.tf": 'variable "settings" {\n  type = number\n  validation {\n    condition     = var.settings > 0\n'
                                               '    error_message = "It must be above 0."\n  }\n}\n',
    f"{ROOT}/tests/bad.tftest.hcl": 'run "fails" {\n  command = plan\n  variables {\n    environment = "x"\n    size        = 1\n  }\n'
                                    '  expect_failures = [var.size]\n}\n',
    f"{ROOT}/environments/staging.tfvars": 'environment = "staging"\nsize        = 1\n',
    f"{ROOT}/environments/prod.tfvars": 'environment = "prod"\nsize        = 2\n',
    f"{ROOT}/environments/dev.tfvars": 'environment = "dev"\nsize        = 0\n',
}
FOUND = sorted((f"{ROOT}/bad.tf: not formatted", f"{ROOT}/tests/bad.tftest.hcl: fails: ", f"{ROOT}/modules/x/contract/variables.tf: 1 rules, 0 runs",
                f"{ROOT}/environments/dev.tfvars: Error", f"{ROOT}/environments/prod.tfvars: ConfigMap-x.yaml", f"{ROOT}/environments/staging.tfvars: ConfigMap-x.yaml", f"{ROOT}/environments/staging.tfvars: size is not"))
