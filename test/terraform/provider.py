#!/usr/bin/env python3
"""What Terraform takes for a provider: it knows the schema of schemas/NAME.json and nothing else, so that "validate" and "test" with
mock_provider judge our modules by the real names and types of a provider's arguments, without the provider.

    provider.py mirror FOLDER     lays out a filesystem mirror of all of them, and FOLDER/config, the Terraform configuration that names it
    provider.py serve NAME        what Terraform starts (through the mirror): speaks the plugin protocol, version 5, at a UNIX socket

Order of serve: the socket, its handshake line on the standard output, calls until Terraform says to shut down or closes its end.
Messages are few and small, so they are written field by field here. Runs with Debian's Python, which has python3-grpcio.

SPDX-License-Identifier: PostgreSQL
"""
import json
import sys
import tempfile
import threading
from concurrent import futures
from pathlib import Path

HERE = Path(__file__).resolve().parent
NESTING = {"single": 1, "list": 2, "set": 3}


def number(value):
    """A whole number of the wire format: seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def field(index, value):
    """One field of a message; what is empty, zero or false is left out, as the format wants it."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return number(index << 3 | 2) + number(len(value)) + value
    return number(index << 3) + number(int(value)) if value else b""


def attribute(name, said):
    flags = b"".join(field(index, said.get(key, 0)) for index, key in ((4, "required"), (5, "optional"), (6, "computed")))
    return field(1, name) + field(2, json.dumps(said["type"])) + flags


def nested(name, said):
    return field(1, name) + field(2, block(said["block"])) + field(3, NESTING[said["nesting"]]) + field(4, said["min"]) + field(5, said["max"])


def block(said):
    attributes = b"".join(field(2, attribute(name, part)) for name, part in said["attributes"].items())
    return attributes + b"".join(field(3, nested(name, part)) for name, part in said.get("blocks", {}).items())


def schemas(name):
    known = json.loads((HERE / "schemas" / f"{name}.json").read_text())
    entries = (field(2, field(1, key) + field(2, field(2, block(said)))) for key, said in known["resources"].items())
    return field(1, field(2, block(known["provider"]))) + b"".join(entries)


def serve(name):
    import grpc                                         # only here: the rules themselves run without it
    answer, ended = schemas(name), threading.Event()
    calls = {"GetSchema": lambda request, _: answer,
             "PrepareProviderConfig": lambda request, _: request,      # the configuration, as it came
             "ValidateResourceTypeConfig": lambda request, _: b"",
             "Stop": lambda request, _: b""}

    def shutdown(request, _):
        ended.set()
        return b""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler("tfplugin5.Provider", {k: grpc.unary_unary_rpc_method_handler(v) for k, v in calls.items()}),
        grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": grpc.unary_unary_rpc_method_handler(shutdown)})))
    with tempfile.TemporaryDirectory() as folder:
        server.add_insecure_port(f"unix:{folder}/socket")
        server.start()
        print(f"1|5|unix|{folder}/socket|grpc", flush=True)
        ended.wait()
        server.stop(None)


def mirror(folder):
    folder = Path(folder).resolve()
    for path in sorted((HERE / "schemas").glob("*.json")):
        version = json.loads(path.read_text())["version"]
        place = folder / "registry.terraform.io" / "hashicorp" / path.stem / version / "linux_amd64"
        place.mkdir(parents=True)
        program = place / f"terraform-provider-{path.stem}_v{version}"
        program.write_text(f'#!/bin/sh\nexec /usr/bin/python3 "{Path(__file__).resolve()}" serve {path.stem}\n')
        program.chmod(0o755)
    (folder / "config").write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n')


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("mirror", "serve"):
        sys.exit(__doc__)
    {"mirror": mirror, "serve": serve}[sys.argv[1]](sys.argv[2])
