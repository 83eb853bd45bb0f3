"""Documents with random damage: whatever is wrong with them, the checks must say so and never raise, and what they accept must run.

Each document comes from the corpus or from examples/ and is changed in up to three places: a member removed, a value exchanged
for one of POOL, a field of FIELDS added, a part of the document copied elsewhere. The seed is fixed, so that every run sees the
same documents.

SPDX-License-Identifier: PostgreSQL
"""
import collections
import copy
import json
import pathlib
import random

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"

POOL = [
    None, True, 0, -1, 1.5, 1e30, "", "x", "S", [], {}, [1], {"a": 1}, "$", "$.a", "$$", "$$.State", "$v", "$..a", "$[*]",
    "$.a[?(@.b == 1)]", "$.a['b'].c[0]", "\\", "'", "States.Format('{}', $.a)", "States.UUID()", {"a.$": "$.a"},
    {"a.$": "States.MathAdd(1, 2)"}, {"b": {"c": [{"d.$": "$.items[0:2]"}]}}, ["States.ALL"], "{% 1 %}", "JSONata", "Pass",
    "Choice", "Task", "Map", "Parallel", "Fail", "2024-01-01T00:00:00Z",
]
FIELDS = (
    "Type Next End InputPath OutputPath ResultPath ResultSelector Parameters Assign Retry Catch Resource TimeoutSecondsPath "
    "Result Choices Default Seconds SecondsPath TimestampPath Error ErrorPath CausePath Branches Iterator ItemsPath "
    "ItemSelector And Or Not Variable IsPresent StringMatches NumericEqualsPath ErrorEquals States StartAt QueryLanguage"
).split()
INPUTS = [{}, [], 1, None, "s", {"a": {"b": [{"c": 1}]}, "items": [1, "x"]}, {"items": [{"a": 1}], "Variable": [1]}]


def places(node, path=()):
    """The path of every value below the root."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in members:
        yield path + (key,)
        yield from places(value, path + (key,))


def holder_of(document, path):
    for key in path[:-1]:
        document = document[key]
    return document, path[-1]


def damage(document, dice):
    """One change at one place."""
    paths = list(places(document))
    if not paths:
        return
    holder, key = holder_of(document, dice.choice(paths))
    kind = dice.randrange(4)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder[key], dict):
        holder[key][dice.choice(FIELDS)] = copy.deepcopy(dice.choice(POOL))
    elif kind == 2:
        source, member = holder_of(document, dice.choice(paths))
        holder[key] = copy.deepcopy(source[member])
    else:
        holder[key] = copy.deepcopy(dice.choice(POOL))


def by_topic(cases):
    """The documents by topic, so that many alike do not crowd out the others; the repository's examples are a topic too."""
    sources = collections.defaultdict(list)
    for case in cases:
        if isinstance(case.get("definition"), dict):
            sources[case["topic"]].append(case)
    for path in sorted(EXAMPLES.glob("*/workflow.asl.json")):
        sources["examples"].append({"definition": json.loads(path.read_text(encoding="utf-8")), "input": {}})
    return sources


def mutations(cases, count, seed=20260101):
    """Requests for the server, as conformance.py makes them of cases."""
    dice = random.Random(seed)
    sources = by_topic(cases)
    for number in range(count):
        case = dice.choice(sources[dice.choice(sorted(sources))])
        document = copy.deepcopy(case["definition"])
        for _ in range(dice.randint(1, 3)):
            damage(document, dice)
        yield {
            "id": f"mutation-{number:04}",
            "kind": "mutation",
            "definition": json.dumps(document),
            "input": json.dumps(dice.choice(INPUTS + [case["input"]] * 7)),
            "mocks": "{}",
        }


def differences(requests, answers):
    """What is wrong with the answers: only a refusal by name, or a run to an end, is right, and both must occur."""
    ends = {"INVALID", "SUCCEEDED", "FAILED", "TIMED_OUT"}
    got = [(request["id"], answers[request["id"]]) for request in requests]
    missing = {"INVALID", "SUCCEEDED", "FAILED"} - {answer["status"] for _, answer in got}
    return [f"{name}: {answer['error']} {answer['cause']}" for name, answer in got if answer["status"] not in ends] + \
        [f"no document is {status}" for status in sorted(missing)]
