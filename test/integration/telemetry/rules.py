"""Dashboard and rules against what the daemons really show.

SPDX-License-Identifier: PostgreSQL
"""
import http.client
import json
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docker" / "observability"
SERIES = re.compile(r"([a-z][a-z0-9_]{5,})(\{[^}]*\})?")
OURS = ("portarium_", "http_server_")


def scrape(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/metrics")
    return connection.getresponse().read().decode()


def shown(text):
    """Each metric with the names of its labels."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels = re.match(r"([a-z0-9_]+)(\{.*\})? ", line).groups()
            found.setdefault(name, set()).update(re.findall(r'([a-z_]+)="', labels or ""))
    return found


def expressions():
    rules = (FOLDER / "rules.yaml").read_text()
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    return re.findall(r"expr: '(.*)'", rules) + [t["expr"] for p in dashboard["panels"] for t in p["targets"]]


def check_rules(suite, ports):
    found = {}
    for port in ports:
        found.update(shown(scrape(port)))
    recorded = set(re.findall(r"record: (\S+)", (FOLDER / "rules.yaml").read_text()))
    used, labels = set(), {}
    for expression in expressions():
        used |= set(re.findall(r"portarium:[a-z_0-9:]+", expression))
        for name, selector in SERIES.findall(re.sub(r"portarium:[a-z_0-9:]+", "", expression)):
            if name.startswith(OURS):
                labels.setdefault(name, set()).update(re.findall(r"([a-z_]+)(?:=|!=|=~|!~)\"", selector))
    for name in sorted(labels):
        suite.check(f"{name} has the labels {sorted(labels[name])}", labels[name] <= found.get(name, set()), found.get(name))
    suite.equal("every ratio that is used is recorded", sorted(used - recorded), [])
    suite.equal("every metric in the rules and the dashboard is shown", sorted(set(labels) - set(found)), [])
    suite.check("they use many", len(labels) > 20, sorted(labels))


def check_names(suite, ports):
    """Prometheus' own linter reads everything that is shown."""
    if not shutil.which("promtool"):
        suite.skip("promtool checks the metrics' names", "promtool is not installed")
        return
    for port in ports:
        done = subprocess.run(["promtool", "check", "metrics"], input=scrape(port), capture_output=True, text=True)
        suite.check("promtool has nothing to say of the metrics' names", done.returncode == 0, done.stdout + done.stderr)
