"""Charts rendered by helm, and what every rendered object must be like; each rule is a function from an object to findings.

SPDX-License-Identifier: PostgreSQL
"""
import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from yamls import documents, tool

KUBERNETES = "1.31"
ENVIRONMENTS = ("dev", "staging", "prod")
IMAGES = ("sidecar", "notary", "relay", "setup", "executor", "gateway", "verify")
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def charts(tree):
    return [str(Path(path).parent) for path in tree.files("charts/*/Chart.yaml")]


def render(tree, chart, environment):
    """The objects of a chart in an environment, with digests as a build would give them; OSError says what helm refused."""
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images.yaml"
        digests = [f'  {name}: "sha256:{hashlib.sha256(name.encode()).hexdigest()}"' for name in IMAGES]
        images.write_text("images:\n" + "\n".join(digests) + "\n", encoding="utf-8")
        values = ["-f", f"{chart}/values-{environment}.yaml", "-f", str(images), "--kube-version", f"{KUBERNETES}.0"]
        helm(tree, "lint", "--strict", "--quiet", chart, *values)
        return documents(helm(tree, "template", "r", chart, "--namespace", Path(chart).name, *values))


def helm(tree, *arguments):
    done = subprocess.run([tool("helm"), *arguments], cwd=tree.root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "rror" in line]
        raise OSError(f"helm {arguments[0]}: {(lines or ['failed'])[0].strip()}")
    return done.stdout


def pod_template(thing):
    spec = thing.get("spec", {})
    if thing["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec.get("template") if thing["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob") else None


def containers(pod):
    return pod.get("initContainers", []) + pod.get("containers", [])


def findings(thing):
    """What is wrong with one object."""
    yield from of_object(thing)
    template = pod_template(thing)
    if template is not None:
        yield from of_pod(template["spec"])
        for container in containers(template["spec"]):
            yield from (f"{container['name']}: {text}" for text in of_container(container))


def of_object(thing):
    kind, spec = thing["kind"], thing.get("spec", {})
    if kind == "Secret":
        yield "a Secret is part of the chart"
    if kind == "ServiceAccount" and thing.get("automountServiceAccountToken") is not False:
        yield "mounts its token"
    if kind in ("ClusterRole", "ClusterRoleBinding") or kind == "Role" and "*" in str(thing.get("rules")):
        yield "grants too much of the API server"
    if kind == "PodDisruptionBudget" and spec.get("maxUnavailable") != 1:
        yield "may block a drain"
    if kind == "Service" and spec.get("type", "ClusterIP") != "ClusterIP":
        yield f"is a {spec['type']}"
    if kind == "NetworkPolicy":
        yield from of_policy(spec)


def of_policy(spec):
    if sorted(spec.get("policyTypes", [])) != ["Egress", "Ingress"]:
        yield "does not say both directions"
    for side, peer in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(side, []):
            if not rule.get(peer) or not rule.get("ports"):
                yield f"{side} without {peer} or ports"
            for one in rule.get(peer) or []:
                if any(one.get(selector) == {} for selector in ("podSelector", "namespaceSelector")):
                    yield f"{side} that selects everything"
                block = one.get("ipBlock", {})
                if block.get("cidr") == "0.0.0.0/0" and "169.254.0.0/16" not in block.get("except", []):
                    yield f"{side} to addresses where credentials are"


def of_pod(pod):
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield f"has {name}"
    for volume in pod.get("volumes", []):
        if not VOLUMES & set(volume):
            yield f"mounts {sorted(set(volume) - {'name'})}"
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "has no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False or pod.get("serviceAccountName", "default") == "default":
        yield "has a token or no account of its own"


def of_container(container):
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        yield "may gain privileges"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "may write its root"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"
    if not re.fullmatch(r"[^:@]+(:\d+/[^:@]+)?@sha256:[0-9a-f]{64}", container["image"]):
        yield f"image {container['image']} is not named by digest"
    if not {"cpu", "memory"} <= set(container.get("resources", {}).get("requests", {})) or "memory" not in container["resources"].get("limits", {}):
        yield "has no resources"
    for variable in container.get("env", []):
        if "secretKeyRef" in str(variable) or re.search(r"(PASSWORD|SECRET|TOKEN|KEY)$", variable["name"]):
            yield f"has the secret {variable['name']} in its environment"
