"""Who reaches whom by the NetworkPolicies of rendered charts, as the API defines them: a pod that no policy selects in a direction is
open in it, one that is selected reaches what any of its policies allows.

SPDX-License-Identifier: PostgreSQL
"""
import ipaddress
from typing import NamedTuple

from kube import pod_template


class End(NamedTuple):
    """A pod with its namespace and labels, or an address outside (namespace None)."""

    name: str
    namespace: str | None
    labels: dict
    address: str = "10.1.1.1"
    port: int = 0


def policies(things, namespace):
    return [(thing["metadata"].get("namespace", namespace), thing["spec"]) for thing in things if thing["kind"] == "NetworkPolicy"]


def pods(things, namespace):
    """A pod of each workload, named by its component."""
    for thing in things:
        template = pod_template(thing)
        if template is not None:
            labels = template["metadata"]["labels"]
            yield End(labels["app.kubernetes.io/name"], thing["metadata"].get("namespace", namespace), labels)


def selects(selector, labels):
    if selector.get("matchExpressions"):
        raise OSError("matchExpressions are not understood here")
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def is_peer(peer, end, namespace):
    if "ipBlock" in peer:
        if end.namespace is not None:
            return False
        address = ipaddress.ip_address(end.address)
        block = peer["ipBlock"]
        return address in ipaddress.ip_network(block["cidr"]) and \
            not any(address in ipaddress.ip_network(part) for part in block.get("except", []))
    if end.namespace is None:
        return False
    if "namespaceSelector" in peer:
        here = selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": end.namespace})
    else:
        here = end.namespace == namespace
    return here and selects(peer.get("podSelector", {}), end.labels)


def allows(rules, peer_key, end, port, namespace):
    for rule in rules:
        to_port = not rule.get("ports") or any(one.get("port", port) == port and one.get("protocol", "TCP") == "TCP" for one in rule["ports"])
        if to_port and (not rule.get(peer_key) or any(is_peer(peer, end, namespace) for peer in rule[peer_key])):
            return True
    return False


def passes(one, other, port, direction, all_policies):
    """One side's word on a connection; for ingress, one is the pod that is dialled."""
    if one.namespace is None:
        return True
    key, peer_key = ("egress", "to") if direction == "Egress" else ("ingress", "from")
    mine = [spec for namespace, spec in all_policies
            if namespace == one.namespace and direction in spec["policyTypes"] and selects(spec["podSelector"], one.labels)]
    return not mine or any(allows(spec.get(key, []), peer_key, other, port, one.namespace) for spec in mine)


def reaches(source, target, all_policies):
    return passes(source, target, target.port, "Egress", all_policies) and passes(target, source, target.port, "Ingress", all_policies)
