"""Runs a corpus of Amazon States Language cases through portarium.simulate, portarium.validate_workflow and the engine.

usage: conformance.py CORPUS            CORPUS: a directory with cases.jsonl and compare.py; the server is the one of PGHOST, PGPORT, …

Order: the cases, and damaged copies of their documents (mutation.py), go to the server in one COPY, come back as one line of JSON
each, are compared by the corpus's own rules, and are printed as a table by topic. A case with an execution runs twice, in simulate
and as "engine:ID" in the engine. expected_misses.txt lists the cases that are known to differ, with the reason: they count as
skipped, and one of them that passes is a failure, so that the list stays true.

SPDX-License-Identifier: PostgreSQL
"""
import collections
import fnmatch
import importlib.util
import json
import pathlib
import subprocess
import sys

import mutation

HERE = pathlib.Path(__file__).resolve().parent
MUTATIONS = 2000
OUTCOMES = ("passed", "failed", "skipped")
COLUMNS = ("checks, simulate", "engine")


def load_compare(corpus):
    """The compare function that the corpus brings along."""
    spec = importlib.util.spec_from_file_location("corpus_compare", corpus / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compare


def load_cases(corpus):
    with open(corpus / "cases.jsonl", encoding="utf-8") as lines:
        return [case for case in map(json.loads, lines) if case.get("runnable", True)]


def load_misses():
    """Pairs of a pattern of case ids and a reason."""
    with open(HERE / "expected_misses.txt", encoding="utf-8") as lines:
        rows = [line.split(None, 1) for line in lines if line.strip() and not line.startswith("#")]
    return [(pattern, reason.strip()) for pattern, reason in rows]


def request(case, kind):
    """What the server needs of a case; the definition travels as text, as its author wrote it."""
    definition = case.get("definition_text") or json.dumps(case["definition"])
    return {
        "id": ("engine:" if kind == "engine" else "") + case["id"],
        "kind": kind,
        "definition": definition,
        "input": json.dumps(case["input"]),
        "mocks": json.dumps(case["mocks"]),
    }


def kinds(case):
    return ["validate"] if "valid" in case["expect"] else ["simulate", "engine"]


def run_on_server(requests):
    """The answer to each request, by its id."""
    # COPY's text format: a backslash is the one character that JSON text needs escaped
    rows = "\n".join(json.dumps(line).replace("\\", "\\\\") for line in requests)
    script = (HERE / "conformance.sql").read_text(encoding="utf-8").replace("@cases@", rows)
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input=script, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"conformance: psql failed\n{done.stderr}")
    return {answer["id"]: answer["got"] for answer in map(json.loads, done.stdout.splitlines())}


def judge(name, differences, misses):
    """The outcome of a case and what there is to say about it."""
    reason = next((reason for pattern, reason in misses if fnmatch.fnmatch(name, pattern)), None)
    if reason is None:
        return ("failed", "; ".join(differences)) if differences else ("passed", "")
    return ("skipped", reason) if differences else ("failed", "is listed as an expected miss but passes")


def print_table(table):
    """The table of docs/asl.md: passed, failed and skipped in each column."""
    print(f"| topic | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for topic in sorted(table):
        cells = (" / ".join(str(table[topic][column, outcome]) for outcome in OUTCOMES) for column in COLUMNS)
        print(f"| {topic} | {' | '.join(cells)} |")


def results(corpus):
    """Topic, column and id of everything that was run, its outcome by the list of misses, and what there is to say about it."""
    compare, cases, misses = load_compare(corpus), load_cases(corpus), load_misses()
    damaged = list(mutation.mutations(cases, MUTATIONS))
    asked = [(case, kind, request(case, kind)) for case in cases for kind in kinds(case)]
    answers = run_on_server([line for _, _, line in asked] + damaged)
    for case, kind, line in asked:
        column = "engine" if kind == "engine" else "checks, simulate"
        yield case["topic"], column, line["id"], *judge(line["id"], compare(case, answers[line["id"]]), misses)
    # one test, however many documents
    yield "mutations", "checks, simulate", "mutations", *judge("mutations", mutation.differences(damaged, answers), misses)


def main(corpus):
    table, total = collections.defaultdict(collections.Counter), collections.Counter()
    for topic, column, name, outcome, remark in results(corpus):
        table[topic][column, outcome] += 1
        total[outcome] += 1
        if outcome == "failed":
            print(f"not ok {name}: {remark}")
    print_table(table)
    print(", ".join(f"{total[outcome]} {outcome}" for outcome in OUTCOMES))
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
