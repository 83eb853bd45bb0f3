"""The modules of Terraform's providers: each provider has every capability, with the variables and outputs of its contract and the same further
ones as its neighbours, and by the provider's own schema (test/terraform/schemas) it is valid and passes its tests, the same for each. Where a
schema lacks a resource, extract it by test/terraform/extract.py. Needs terraform and python3-grpcio; no provider is downloaded.

SPDX-License-Identifier: PostgreSQL
"""
import re
import runpy
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hcl import first_error, run, tests

ROOT = "terraform"
# Has no provider and two capabilities; test/integration/terraform applies it.
LOCAL = "local"
MIRROR = Path(__file__).resolve().parents[2] / "terraform" / "provider.py"


def check(tree):
    names = sorted({path.split("/")[2] for path in tree.files(f"{ROOT}/providers/*/main.tf") if path.count("/") == 3} - {LOCAL})
    capabilities = sorted({path.split("/")[2] for path in tree.files(f"{ROOT}/modules/*/contract/variables.tf")})
    if not names:
        return []
    found = [finding for name in names for capability in capabilities for finding in same_as_contract(tree, name, capability)]
    for what, seen in (("outputs", outputs), ("runs", runs)):
        wanted = seen(tree, names[0])
        found += [f"{ROOT}/providers/{name}: its {what} are not those of {names[0]}: {line}"
                  for name in names[1:] for line in sorted(wanted ^ seen(tree, name))]
    with tempfile.TemporaryDirectory() as folder:
        copy(tree, folder)
        runpy.run_path(str(MIRROR))["mirror"](f"{folder}/mirror")
        with ThreadPoolExecutor(2) as pool:
            return found + [finding for part in pool.map(lambda name: valid(Path(folder), name), names) for finding in part]


def same_as_contract(tree, name, capability):
    """What a module shares with its contract are links, so what is read through them must be the same to the letter."""
    folder, modules = f"{ROOT}/providers/{name}/{capability}", f"{ROOT}/modules/{capability}"
    shared = {"variables.tf": f"{modules}/contract/variables.tf", "contract.tf": f"{modules}/contract/outputs.tf", "inputs.tf": f"{modules}/inputs.tf"}
    for own, theirs in shared.items():
        if f"{folder}/{own}" not in tree.paths or tree.text(f"{folder}/{own}") != tree.text(theirs):
            yield f"{folder}/{own}: not a link to {theirs}"
    for path in tree.files(f"{folder}/*.tf"):
        if Path(path).name not in shared and re.search(r'^variable "', tree.text(path), re.M):
            yield f"{path}: a variable that other providers do not have"


def outputs(tree, name):
    """Every output of a provider's modules, with what it says of itself."""
    paths = tree.files(f"{ROOT}/providers/{name}/*/outputs.tf")
    return {f"{path.split('/')[3]}: {output}: {said}" for path in paths
            for output, said in re.findall(r'^output "(\w+)" \{\n\s*description = "([^"]*)"', tree.text(path), re.M)}


def runs(tree, name):
    paths = tree.files(f"{ROOT}/providers/{name}/tests/*.tftest.hcl")
    return {run_name for path in paths for run_name in re.findall(r'^run "(\w+)"', tree.text(path), re.M)}


def copy(tree, folder):
    for path in tree.files(f"{ROOT}/*"):
        target = Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree.root / path, target)


def valid(folder, name):
    place, config = folder / ROOT / "providers" / name, folder / "mirror" / "config"
    for verb in (("init", "-backend=false", "-input=false"), ("validate",)):
        done = run(place, *verb, config=config)
        if done.returncode != 0:
            return [f"{ROOT}/providers/{name}: terraform {verb[0]}: {first_error(done)}"]
    return list(tests(place, f"{ROOT}/providers/{name}", config))


CONTRACT = 'variable "settings" {\n  type = string\n  validation {\n    condition     = var.settings != ""\n    error_message = "It must be given."\n  }\n}\n'
INPUTS = 'variable "name" {\n  type = string\n}\n'
MODULE = 'provider "%s" {}\n\n' \
    'module "x" {\n  source   = "./x"\n  name     = "n"\n  settings = "s"\n}\n\noutput "store" {\n  value = module.x.store\n}\n'
FAILS = 'mock_provider "%s" {}\n\nrun "%s" {\n  assert {\n    condition     = output.store == "other"\n    error_message = "It is another."\n  }\n}\n'
AWS, GOOGLE = f"{ROOT}/providers/aws", f"{ROOT}/providers/google"
PLANTED = {
    f"{ROOT}/modules/x/contract/variables.tf": CONTRACT,
    f"{ROOT}/modules/x/contract/outputs.tf": "",
    f"{ROOT}/modules/x/inputs.tf": INPUTS,
    f"{AWS}/main.tf": MODULE % "aws",
    f"{AWS}/x/variables.tf": CONTRACT,
    f"{AWS}/x/contract.tf": "",
    f"{AWS}/x/inputs.tf": INPUTS,
    f"{AWS}/x/main.tf": 'resource "aws_s3_bucket" "this" {\n  bucket = var.name\n}\n',
    f"{AWS}/x/outputs.tf": 'output "store" {\n  description = "The store."\n  value       = aws_s3_bucket.this.bucket\n}\n',
    f"{AWS}/tests/aws.tftest.hcl": FAILS % ("aws", "is_there"),
    f"{GOOGLE}/main.tf": MODULE % "google",
    f"{GOOGLE}/x/variables.tf": 'variable "settings" {\n  type = string\n}\n',
    f"{GOOGLE}/x/contract.tf": "",
    f"{GOOGLE}/x/inputs.tf": INPUTS,
    f"{GOOGLE}/x/main.tf": 'variable "own" {\n  default = ""\n}\n\nresource "google_storage_bucket" "this" {\n  name     = var.name\n  loctaion = "x"\n}\n',
    f"{GOOGLE}/x/outputs.tf": 'output "store" {\n  description = "A store."\n  value       = google_storage_bucket.this.name\n}\n',
    f"{GOOGLE}/tests/google.tftest.hcl": FAILS % ("google", "was_there"),
}
FOUND = sorted((f"{AWS}/tests/aws.tftest.hcl: is_there: fail", f"{GOOGLE}/x/variables.tf: not a link", f"{GOOGLE}/x/main.tf: a variable",
                f"{GOOGLE}: its outputs are not those of aws: x: store: A store.", f"{GOOGLE}: its outputs are not those of aws: x: store: The store.",
                f"{GOOGLE}: its runs are not those of aws: is_there", f"{GOOGLE}: its runs are not those of aws: was_there",
                f"{GOOGLE}: terraform validate: Error: "))
