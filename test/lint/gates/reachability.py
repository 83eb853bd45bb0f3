"""charts/reachability.tsv is what the rendered NetworkPolicies mean: who reaches whom, every pair of them. A new yes is a decision: write
it into the table, and why into docs/deploy.md.

SPDX-License-Identifier: PostgreSQL
"""
from kube import charts, render
from reach import End, pods, policies, reaches

TABLE = "charts/reachability.tsv"
PORTS = {"sidecar": 8080, "egress": 3128, "database": 5432, "relay": 9464, "notary": 9464}
# What the charts do not make, but speak of.
AROUND = (
    End("database", "portarium-control", {"cnpg.io/cluster": "portarium"}, port=5432),
    End("dns", "kube-system", {"k8s-app": "kube-dns"}, port=53),
    End("ingress", "ingress", {"app": "ingress"}),
    End("monitoring", "monitoring", {"app": "prometheus"}),
    End("stranger", "default", {"app": "x"}),
    End("world", None, {}, address="8.8.8.8", port=443),
    End("metadata", None, {}, address="169.254.169.254", port=443),
    End("private", None, {}, address="10.99.0.1", port=443),
)


def check(tree):
    found = charts(tree)
    if not found:
        return []
    ends, rules = list(AROUND), []
    for chart in found:
        namespace = chart.split("/")[-1]
        things = render(tree, chart, "prod")
        rules += policies(things, namespace)
        ends += [end._replace(port=PORTS.get(end.name, 1)) for end in pods(things, namespace)]
    actual = table(sorted(ends, key=lambda end: end.name), rules)
    wanted = [line.split("\t") for line in tree.text(TABLE).splitlines() if line and not line.startswith("#")] if TABLE in tree.paths else [[]]
    return [f"{TABLE}: {text}" for text in compare(wanted, actual)]


def table(ends, rules):
    sources = [end for end in ends if end.namespace is not None]
    head = ["from", *(end.name for end in ends)]
    return [head] + [[source.name, *("-" if source is target else "yes" if reaches(source, target, rules) else "no" for target in ends)]
                     for source in sources]


def compare(wanted, actual):
    cells = {(row[0], column): word for row in wanted[1:] for column, word in zip(wanted[0][1:], row[1:])}
    for row in actual[1:]:
        for column, word in zip(actual[0][1:], row[1:]):
            if cells.pop((row[0], column), "missing") != word:
                yield f"{row[0]} -> {column}: it is {word}"
    yield from (f"{source} -> {column}: there is no such pair" for source, column in cells)


PLANTED = {
    "charts/portarium-x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 0.1.0\nicon: file:///x\n",
    "charts/portarium-x/values.yaml": "a: b\n",
    "charts/portarium-x/values-prod.yaml": "a: b\n",
    "charts/portarium-x/templates/x.yaml": """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: x, namespace: default}
spec: {podSelector: {}, policyTypes: [Egress, Ingress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}], ports: [{port: 443}]}]}
""",
    TABLE: "from\tworld\tmetadata\tprivate\nstranger\tyes\tno\tyes\n",
}
# Of the planted table only stranger -> world is right; all the other pairs are missing or wrong.
FOUND = sorted(f"{TABLE}: {source} -> {target}: it is" for source in ("database", "dns", "ingress", "monitoring", "stranger")
               for target in ("database", "dns", "ingress", "metadata", "monitoring", "private", "stranger", "world")
               if (source, target) != ("stranger", "world"))
