#!/usr/bin/env python3
"""Writes schemas/NAME.json, what a provider calls its resources' arguments, for the resources that terraform/providers/NAME uses:
    extract.py NAME PACKAGE.tgz

PACKAGE is the npm package @cdktf/provider-NAME (npm pack), whose code is made from the provider's own schema. A class says what it reads
(get…Attribute, nested lists), its …ToHclTerraform or synthesizeHclAttributes what is a block, and the .d.ts which are required. Not said
there, so guessed: an optional argument may also be computed.

Run by hand when a resource is added; the gate says which one is missing.

SPDX-License-Identifier: PostgreSQL
"""
import json
import re
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIMPLE = {"String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"], "NumberList": ["list", "number"],
          "StringMap": ["map", "string"], "NumberMap": ["map", "number"], "BooleanMap": ["map", "bool"], "AnyMap": ["map", "string"]}

WRITTEN = {"string": "string", "number": "number", "boolean": "bool", "stringList": ["list", "string"], "stringMap": ["map", "string"]}


class Package:
    def __init__(self, path):
        self.archive = tarfile.open(path)
        self.names = self.archive.getnames()
        self.version = None

    def text(self, folder, ending):
        names = [n for n in self.names if n.startswith(f"package/lib/{folder}/") and n.endswith(ending)]
        return "\n".join(self.archive.extractfile(n).read().decode() for n in names)


class Source:
    """The code of one resource, taken apart into its classes, functions and interfaces."""

    def __init__(self, package, folder):
        code, types = package.text(folder, ".js"), package.text(folder, ".d.ts")
        self.classes = dict(re.findall(r"^(?:export )?class (\w+) extends [^\n]*\{\n(.*?)^\}", code, re.M | re.S))
        self.functions = dict(re.findall(r"^(?:export )?function (\w+ToHclTerraform)\(struct\) \{\n(.*?)^\}", code, re.M | re.S))
        self.interfaces = dict(re.findall(r"^export interface (\w+)[^\n]*\{\n(.*?)^\}", types, re.M | re.S))

    def required(self, interface):
        """HCL name -> whether it must be given. The anchor of the documentation's link ends with the HCL name."""
        found = re.findall(r"#(\w+)\}\n(?:\s*\*(?!/)[^\n]*\n)*\s*\*/\n\s*readonly \w+(\??):", self.interfaces.get(interface, ""))
        return {name: mark == "" for name, mark in found}

    def block(self, name, resource=None):
        body = self.classes[name]
        base = name.removesuffix("OutputReference")
        written = resource and body or self.functions.get(base[0].lower() + base[1:] + "ToHclTerraform", "")
        kinds = {key: (is_block == "true", kind) for key, is_block, kind in
                 re.findall(r"^\s+(\w+): \{\n\s+value: [^\n]*\n\s+isBlock: (\w+),\n\s+type: \"(\w+)\"", written, re.M)}
        required = self.required(f"{name}Config" if resource else base)
        result = {"attributes": {}, "blocks": {}}
        for key, kind in self.simple(body):
            result["attributes"][key] = flags(kind, required.get(key))
        for key, inner, many in self.nested(body):
            is_block, nesting = kinds.get(key, (False, "list"))
            part = self.block(inner)
            if is_block:
                result["blocks"][key] = {"nesting": "single" if nesting == "struct" else nesting, "block": part,
                                         "min": int(bool(required.get(key)) and nesting != "struct"), "max": 0 if many or nesting == "struct" else 1}
            else:
                value = ["object", {**{k: v["type"] for k, v in part["attributes"].items()}}]
                result["attributes"][key] = flags(value if nesting == "struct" else [nesting, value], required.get(key))
        return {part: dict(sorted(values.items())) for part, values in result.items() if values} | {"attributes": dict(sorted(result["attributes"].items()))}

    def written(self, body):
        """A provider's own block: nobody reads it, so its class has no getters, and what is written to it is all there is."""
        result = {"attributes": {}, "blocks": {}}
        found = re.findall(r"^\s+(\w+): \{\n\s+value: ([^\n]*)\n\s+isBlock: (\w+),\n\s+type: \"\w+\",\n\s+storageClassType: \"(\w+)\"", body, re.M)
        for key, value, is_block, kind in found:
            if is_block == "true":
                inner = self.functions[re.search(r"(\w+ToHclTerraform)", value).group(1)]
                result["blocks"][key] = {"nesting": "list", "min": 0, "max": 1, "block": self.written(inner)}
            elif kind in WRITTEN:
                result["attributes"][key] = {"type": WRITTEN[kind], "optional": 1}
        return result

    @staticmethod
    def simple(body):
        for is_set, kind, key in re.findall(r"return (?:cdktf\.Fn\.to(list)\()?this\.get(\w+)Attribute\('(\w+)'\)", body):
            value = SIMPLE[kind]
            yield key, ["set", value[1]] if is_set else value

    def nested(self, body):
        for inner, form, key in re.findall(r"this\._\w+ = new (?:\w+\.)?(\w+?)(List|Map|OutputReference)\(this, \"(\w+)\"", body):
            if f"{inner}OutputReference" in self.classes:
                yield key, f"{inner}OutputReference", form != "OutputReference"


def flags(kind, required):
    return {"type": kind} | ({"computed": 1} if required is None else {"required": 1} if required else {"optional": 1, "computed": 1})


def used(name):
    text = "\n".join(p.read_text() for p in sorted((ROOT / "terraform" / "providers" / {"azurerm": "azure"}.get(name, name)).rglob("*.tf")))
    return sorted(set(re.findall(r'^resource "(\w+)"', text, re.M)))


def main(name, path):
    package = Package(path)
    provider = Source(package, "provider")
    configuration = provider.written(next(body for body in provider.classes.values() if "synthesizeHclAttributes()" in body))
    version = re.search(r"registry/[\w/]*?/" + name + r"|/providers/hashicorp/\w+/([\d.]+)/", package.text("provider", ".d.ts")).group(1)
    resources = {}
    for resource in used(name):
        folder = resource.split("_", 1)[1].replace("_", "-")
        source = Source(package, folder)
        main_class = next(n for n, body in source.classes.items() if "synthesizeHclAttributes()" in body)
        resources[resource] = source.block(main_class, True)
    lines = [f'{json.dumps(k)}: {json.dumps(v, separators=(",", ":"))}' for k, v in resources.items()]
    text = f'{{"version": "{version}",\n"provider": {json.dumps(configuration, separators=(",", ":"))},\n"resources": {{\n' + ",\n".join(lines) + "\n}}\n"
    (HERE / "schemas").mkdir(exist_ok=True)
    (HERE / "schemas" / f"{name}.json").write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
