"""Alerts: promtool takes the rules and their tests; each alert has its runbook and each runbook its alert, and a test in which it speaks
and one in which it is silent; the control chart shows the same rules and the same dashboard. Write what is missing.
Needs test/tools.sh.

SPDX-License-Identifier: PostgreSQL
"""
import json
import subprocess
from pathlib import Path

from kube import render
from yamls import documents, tool

FOLDER = "docker/observability"
RULES, TESTS, DASHBOARD = f"{FOLDER}/rules.yaml", f"{FOLDER}/rules_test.yaml", f"{FOLDER}/dashboard.json"
CHART = "charts/portarium-control"


def check(tree):
    if RULES not in tree.paths:
        return []
    rules = documents(tree.text(RULES))[0]
    return [f"{RULES}: {text}" for text in (*runbooks(tree, rules), *tested(tree, rules), *judged(tree), *charted(tree, rules))]


def alerts(rules):
    return {rule["alert"]: rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule}


def runbooks(tree, rules):
    pages = {Path(path).stem: path for path in tree.files("docs/runbooks/*.md")}
    for name, rule in alerts(rules).items():
        if rule["annotations"].get("runbook") != pages.get(name, "none"):
            yield f"{name} does not name its runbook docs/runbooks/{name}.md"
    yield from (f"no alert has the runbook {pages[name]}" for name in pages.keys() - alerts(rules).keys())


def tested(tree, rules):
    """Names of alerts that no test expects, or none expects to be silent."""
    cases = [case for test in documents(tree.text(TESTS))[0]["tests"] for case in test["alert_rule_test"]]
    for name in alerts(rules):
        found = {bool(case["exp_alerts"]) for case in cases if case["alertname"] == name}
        if found != {True, False}:
            yield f"{name} is not tested both to speak and to be silent"


def judged(tree):
    for arguments in (["check", "rules", RULES], ["test", "rules", TESTS]):
        done = subprocess.run([tool("promtool"), *arguments], cwd=tree.root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"promtool {arguments[0]}: {' '.join((done.stdout + done.stderr).split())[:600]}"


def charted(tree, rules):
    if f"{CHART}/Chart.yaml" not in tree.paths:
        return
    things = render(tree, CHART, "prod")
    shown = [thing["spec"] for thing in things if thing["kind"] == "PrometheusRule"]
    if shown != [rules]:
        yield f"{CHART} does not show these rules"
    boards = [json.loads(text) for thing in things if thing["kind"] == "ConfigMap" for text in thing["data"].values()]
    if boards != [json.loads(tree.text(DASHBOARD))]:
        yield f"{CHART} does not show {DASHBOARD}"


PLANTED = {
    RULES: "groups:\n- name: g\n  rules:\n"
           "  - {alert: Untested, expr: up == 0, labels: {}, annotations: {runbook: docs/runbooks/Untested.md}}\n"
           "  - {alert: Lost, expr: up == 2, annotations: {summary: x}}\n"
           "  - {alert: Wrong, expr: up == 1, annotations: {runbook: docs/runbooks/Wrong.md}}\n",
    TESTS: "rule_files: [rules.yaml]\ntests:\n- interval: 1m\n  input_series: [{series: up, values: '0x9'}]\n  alert_rule_test:\n"
           "  - {eval_time: 5m, alertname: Lost, exp_alerts: []}\n"
           "  - {eval_time: 5m, alertname: Wrong, exp_alerts: []}\n  - {eval_time: 6m, alertname: Wrong, exp_alerts: [{exp_annotations: {}}]}\n",
    "docs/runbooks/Untested.md": "# Untested\n",
    "docs/runbooks/Wrong.md": "# Wrong\n",
    "docs/runbooks/Stray.md": "# Stray\n",
}
FOUND = sorted(f"{RULES}: {text}" for text in (
    "Lost does not name its runbook", "Lost is not tested both", "Untested is not tested both", "no alert has the runbook docs/runbooks/Stray.md", "promtool test:"))
