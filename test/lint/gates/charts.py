"""The charts: helm lints and renders each in every environment, each object holds to the schema of its kind and to the rules of
test/lint/kube.py (Pod Security restricted and more), and environments differ in nothing but the keys that are listed here.
Needs test/tools.sh.

SPDX-License-Identifier: PostgreSQL
"""
from kube import ENVIRONMENTS, charts, findings, render
from schema import against_schema
from yamls import documents

# What an environment may decide for itself. Those of the second list are sizes of production, which staging has too.
MAY_DIFFER = {"database.cnpg.storage", "database.cnpg.apiServerCidrs", "sidecar.jwt.issuer", "relay.sink.url", "relay.sink.cidrs",
              "relay.webhooks.proxy.url", "relay.webhooks.proxy.cidrs",
              "database.address", "proxy.address", "proxy.allow"}
SIZES = {"database.cnpg.instances", "sidecar.replicas.min", "sidecar.replicas.max", "executor.replicas", "proxy.replicas"}


def check(tree):
    return [f"{chart}: {text}" for chart in charts(tree) for text in chart_findings(tree, chart)]


def chart_findings(tree, chart):
    yield from differences({name: flat(documents(tree.text(f"{chart}/values-{name}.yaml"))[0]) for name in ENVIRONMENTS})
    for environment in ENVIRONMENTS:
        try:
            things = render(tree, chart, environment)
        except OSError as error:
            yield f"{environment}: {error}"
            continue
        yield from (f"{environment}: {text}" for text in against_schema(things))
        for thing in things:
            yield from (f"{environment}: {thing['kind']} {thing['metadata']['name']}: {text}" for text in findings(thing))


def flat(value, name=""):
    if not isinstance(value, dict):
        return {name: value}
    return {key: inner for member, part in value.items() for key, inner in flat(part, f"{name}.{member}".lstrip(".")).items()}


def differences(values):
    if len({tuple(sorted(one)) for one in values.values()}) > 1:
        yield "the environments have not the same keys"
    for key in sorted(set().union(*values.values())):
        found = {name: one.get(key) for name, one in values.items()}
        if key in SIZES and found["staging"] != found["prod"]:
            yield f"{key}: staging is not of production's shape"
        if key not in SIZES | MAY_DIFFER and len({str(value) for value in found.values()}) > 1:
            yield f"{key}: differs between environments"


_BAD = """apiVersion: apps/v1
kind: Deployment
metadata: {name: bad}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      hostNetwork: true
      volumes: [{name: v, hostPath: {path: /}}]
      containers:
        - name: c
          image: {{ .Values.image }}
          env: [{name: API_TOKEN, value: x}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: bad}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{ports: [{port: 443}]}, {to: [{ipBlock: {cidr: 0.0.0.0/0}}, {podSelector: {}}], ports: [{port: 443}]}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: bad}
spec: {minAvailable: 1, selector: {matchLabels: {a: b}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bad}
---
apiVersion: v1
kind: Service
metadata: {name: bad}
spec: {type: NodePort, ports: [{port: 80}], selector: {a: b}, unknown: field}
---
apiVersion: v1
kind: Secret
metadata: {name: bad}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: bad}
rules: []
"""
PLANTED = {
    "charts/bad/Chart.yaml": "apiVersion: v2\nname: bad\nversion: 0.1.0\nicon: file:///x\n",
    "charts/bad/values.yaml": "image: x\n",
    "charts/bad/templates/bad.yaml": _BAD,
    "charts/bad/values-dev.yaml": "image: x:latest\nexecutor: {replicas: 1}\n",
    "charts/bad/values-staging.yaml": "image: x:latest\nexecutor: {replicas: 1}\n",
    "charts/bad/values-prod.yaml": "image: x:1\nexecutor: {replicas: 2}\n",
}
_EACH = ("Deployment bad: c: has no resources", "Deployment bad: c: has the secret API_TOKEN", "Deployment bad: c: image x:", "Deployment bad: c: keeps",
         "Deployment bad: c: may gain", "Deployment bad: c: may write", "Deployment bad: has a token", "Deployment bad: has hostNetwork",
         "Deployment bad: has no seccomp", "Deployment bad: may run as root", "Deployment bad: mounts ['hostPath']",
         "NetworkPolicy bad: does not say", "NetworkPolicy bad: egress that selects", "NetworkPolicy bad: egress to addresses",
         "NetworkPolicy bad: egress without", "PodDisruptionBudget bad: may block", "ServiceAccount bad: mounts",
         "Service bad: is a NodePort", "Secret bad: a Secret", "ClusterRole bad: grants", "Service-bad.yaml did not validate")
FOUND = sorted([f"charts/bad: {environment}: {text}" for environment in ENVIRONMENTS for text in _EACH]
               + ["charts/bad: executor.replicas: staging is not", "charts/bad: image: differs"])
