"""The control plane and the execution plane share nothing beyond the interfaces that are listed here: no secret, no account, no volume, no
network, no login of the database, in Compose and in the charts.

SPDX-License-Identifier: PostgreSQL
"""
import re

from kube import charts, pod_template, render
from yamls import documents

COMPOSE = "docker/compose.yaml"
CONTROL = {"postgres", "setup", "notary-key", "trust", "sidecar", "notary", "relay"}
EXECUTION = {"executor", "egress"}
# The database's socket is the interface between the planes.
SHARED = {"volume socket"}
CHARTS = {"control": "charts/portarium-control", "execution": "charts/portarium-execution", "egress": "charts/portarium-egress"}


def check(tree):
    findings = []
    if COMPOSE in tree.paths:
        services = documents(tree.text(COMPOSE))[0]["services"]
        findings += compare(COMPOSE, of_services(services, CONTROL), of_services(services, EXECUTION))
    found = charts(tree)
    if CHARTS["control"] in found:
        parts = {plane: of_chart(render(tree, chart, "prod")) for plane, chart in CHARTS.items() if chart in found}
        for plane in ("execution", "egress"):
            findings += compare(f"charts, control and {plane}", parts["control"], parts.get(plane, set()))
    return findings


def compare(where, control, execution):
    return [f"{where}: both planes have the {thing}" for thing in sorted((control & execution) - SHARED)]


def logins(text):
    return {f"login {name}" for name in re.findall(r"user=(portarium_\w+)", text)}


def of_services(services, names):
    things = set()
    for name in names & set(services):
        service = services[name]
        things |= {f"volume {str(volume).split(':')[0]}" for volume in service.get("volumes", [])}
        things |= {f"network {network}" for network in service.get("networks", [])}
        things |= logins(str(service.get("environment")))
    return things


def of_chart(things):
    found = set()
    for thing in things:
        template = pod_template(thing)
        found.add(f"namespace {thing['metadata']['namespace']}")
        if template is None:
            continue
        pod = template["spec"]
        found.add(f"account {thing['metadata']['namespace']}/{pod['serviceAccountName']}")
        found |= logins(str(pod))
        for volume in pod.get("volumes", []):
            for kind, name in (("secret", "secretName"), ("persistentVolumeClaim", "claimName"), ("configMap", "name")):
                # the authority's certificate is public; it is in a Secret because CloudNativePG puts it there
                if kind in volume and [item["key"] for item in volume[kind].get("items", [])] != ["ca.crt"]:
                    found.add(f"{kind} {volume[kind][name]}")
    return found


PLANTED = {COMPOSE: """
services:
  sidecar: {volumes: ["socket:/s", "keys:/k:ro"], networks: [one, front], environment: {D: user=portarium_sidecar}}
  executor: {volumes: ["socket:/s", "keys:/k:ro"], networks: [one], environment: {D: user=portarium_sidecar}}
"""}
FOUND = [f"{COMPOSE}: both planes have the {thing}" for thing in ("login portarium_sidecar", "network one", "volume keys")]
