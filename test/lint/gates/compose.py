"""The Compose files keep their promises: every service read-only, without capabilities or new privileges, with limits, as an image
of ours by version, with no literal secret, no port beyond loopback, no host path that can be written, no way around the
planes. Bring the service in line; what a service really needs more is an exception below, with its reason.

SPDX-License-Identifier: PostgreSQL
"""
import re

from yamls import documents

# The job that makes the secrets gives them away to their users.
CAPABILITIES = {"secrets": ["CHOWN"]}
ROOT = {"secrets"}
IMAGE = re.compile(r"portarium-[a-z-]+:\$\{PORTARIUM_VERSION:-[0-9.]+\}|[^:@]+@sha256:[0-9a-f]{64}")
SECRET = re.compile(r"(?i)(password|secret|token|key)$")
NETWORKS_OF = {"executor": [], "postgres": [], "notary": [], "relay": [], "egress": ["world"], "sidecar": ["front"]}


def check(tree):
    findings = []
    for path in tree.files("docker/compose*.yaml"):
        content = documents(tree.text(path))[0]
        for name, service in content.get("services", {}).items():
            findings += [f"{path}: {name}: {text}" for text in service_findings(name, service)]
    return findings


def service_findings(name, service):
    yield from confinement(name, service)
    yield from identity(name, service)
    yield from surroundings(name, service)


def confinement(name, service):
    if service.get("read_only") is not True:
        yield "its root can be written"
    if service.get("cap_drop") != ["ALL"]:
        yield "keeps capabilities"
    if service.get("cap_add", []) != CAPABILITIES.get(name, []):
        yield f"gets capabilities {service['cap_add']}"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "may gain privileges"
    if any(option.endswith("unconfined") for option in service.get("security_opt", [])):
        yield "is not confined"
    if "mem_limit" not in service or "pids_limit" not in service:
        yield "has no limits"
    if service.get("privileged") or any(service.get(kind) == "host" for kind in ("pid", "ipc", "network_mode", "userns_mode")):
        yield "shares the host"


def identity(name, service):
    image = service.get("image", "none")
    if not IMAGE.fullmatch(image):
        yield f"image {image} is neither ours by version nor named by digest"
    if str(service.get("user", "1")).split(":")[0] in ("0", "root") and name not in ROOT:
        yield "runs as root"
    for variable, value in environment(service):
        if SECRET.search(variable):
            yield f"has the secret {variable} in its environment"


def environment(service):
    variables = service.get("environment") or {}
    if isinstance(variables, list):
        return [text.partition("=")[::2] for text in variables]
    return list(variables.items())


def surroundings(name, service):
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"publishes {port} beyond loopback"
    for volume in service.get("volumes", []):
        source, _, rest = str(volume).partition(":")
        if source.startswith(("/", ".", "~")) and not rest.endswith(":ro"):
            yield f"may write the host's {source}"
        if "docker.sock" in source:
            yield "has the engine's socket"
        owner = source.removeprefix("secrets-")
        if source.startswith("secrets-") and name not in (owner, "secrets") and not (name, owner) == ("notary-key", "notary"):
            yield f"mounts the secrets of {owner}"
    if name in NETWORKS_OF and sorted(service.get("networks", [])) != NETWORKS_OF[name]:
        yield f"is on the networks {service.get('networks')}"
    if NETWORKS_OF.get(name) == [] and service.get("network_mode") != "none":
        yield "has a network by default"
    if "container_name" in service:
        yield "has a fixed container name"


PLANTED = {"docker/compose.yaml": """
services:
  good: &good
    image: portarium-good:${PORTARIUM_VERSION:-0.1.0}
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 1m
    pids_limit: 1
    ports: ["127.0.0.1:80:80"]
    environment: {PASSWORD_FILE: /x}
  bad:
    image: postgres:latest
    user: root
    cap_add: [SYS_ADMIN]
    security_opt: ["seccomp:unconfined"]
    privileged: true
    environment: [DB_TOKEN=x]
    ports: ["8080:80"]
    volumes: ["/var/run/docker.sock:/s", "secrets-notary:/n:ro"]
    container_name: bad
  executor:
    <<: *good
    networks: [world]
"""}
FOUND = sorted("docker/compose.yaml: " + text for text in (
    "bad: its root can", "bad: keeps", "bad: gets", "bad: may gain", "bad: is not confined", "bad: has no limits", "bad: shares",
    "bad: image postgres:latest", "bad: runs as root", "bad: has the secret DB_TOKEN", "bad: publishes 8080:80",
    "bad: may write the host's", "bad: has the engine's", "bad: mounts the secrets of notary", "bad: has a fixed",
    "executor: is on the networks", "executor: has a network by default"))
