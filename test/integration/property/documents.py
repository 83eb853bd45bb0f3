"""Random documents of the Amazon States Language, with inputs and mocks, all valid.

A machine is a chain of states, so that every state is reached; Choices and Catches lead forward, a counter in a variable makes the
loops. Documents may fail at run time in every way the language knows, but deterministically: of a Parallel's branches and of a
Map's states one at most may fail, because which failure comes first is a matter of time, and what tasks inside a Map give does
not depend on their order.

Tasks may be undone when the document fails. What undoes a task of an inner machine never fails: which of them were done when a branch
failed is a matter of time.

In a document with TimeoutSeconds all times are multiples of 1000 s and the timeout lies between them, so that the seconds that a
test itself takes decide nothing.

SPDX-License-Identifier: PostgreSQL
"""
import collections

Document = collections.namedtuple("Document", "name definition input mocks undoing")

PATHS = ["$", "$.a", "$.b", "$.list", "$.o", "$.o.x", "$.list[0]", "$.list[*]", "$..x", "$.list[1:]", "$.list[?(@ > 2)]", "$.none"]
CALLS = ["States.Format('{}-{}', $.a, $.b)", "States.Array($.a, $.list)", "States.MathAdd($.a, 1)", "States.ArrayLength($.list)",
         "States.JsonToString($.o)", "States.ArrayContains($.list, $.a)", "States.StringSplit($.b, 'y')", "States.ArrayUnique($.list)",
         "States.JsonMerge($.o, $.o, false)", "States.Hash($.b, 'SHA-256')", "States.ArrayGetItem($.list, $.a)"]
ERRORS = ["E1", "E2", "States.TaskFailed", "States.Timeout"]
VALUES = [None, True, 0, 7, -1.5, "", "xyz", [], [1, 2], {}, {"x": 1}, {"a": {"x": [3]}}]


class Generator:
    """One document. risky: what is made now may fail; inner: it is inside a Map or Parallel."""

    def __init__(self, dice, name, timed):
        self.dice = dice
        self.name = name
        self.timed = timed and dice.random() < 0.9
        self.states = 0
        self.variables = 0
        self.mocks = {}
        self.aside = {}
        self.bodies = set()
        self.undoing = set()

    def document(self):
        definition = self.machine(depth=2, risky=True, inner=False)
        if self.timed:
            definition["TimeoutSeconds"] = 1000 * self.dice.randint(0, 3) + 500
        return Document(self.name, definition, self.input(), self.mocks, self.undoing)

    def saga(self, stuck):
        """A document that does two things and undoes them; when it is to be stuck, it cannot undo the first."""
        chain = self.task(0, False, False) + self.task(0, False, False) + self.one({"Type": "Fail", "Error": "E1"})
        self.aside = {}
        outcomes = [{"error": "E2", "cause": "because"}] if stuck else [{"return": 1}]
        for (_, state), undone in zip(chain, (outcomes, [{"return": 2}])):
            self.undone_by_task(state, True, undone)
        machine = self.linked(chain, False)
        machine["States"].update(self.aside)
        return Document(self.name, machine, self.input(), self.mocks, self.undoing)

    def input(self):
        dice = self.dice
        return {"a": dice.randint(0, 4), "b": dice.choice(["xyz", "", "y"]), "list": [dice.randint(0, 4) for _ in range(dice.randint(0, 4))],
                "o": {"x": dice.choice(VALUES)}}

    def seconds(self):
        return 1000 * self.dice.randint(1, 3) if self.timed else self.dice.randint(1, 90)

    def new_name(self):
        self.states += 1
        return f"{self.name}S{self.states}"

    def chance(self, share):
        return self.dice.random() < share

    # -- machines

    def machine(self, depth, risky, inner):
        """A chain of states and what its Choices set aside; at_risk is the one place of an inner machine that may fail."""
        outer, self.aside = self.aside, {}
        length = self.dice.randint(1, 3 if inner else 6)
        at_risk = self.dice.randrange(length) if inner else None
        chain = []
        for place in range(length):
            may_fail = risky and at_risk in (None, place)
            chain += self.segment(depth, may_fail, inner)
        machine = self.linked(chain, risky and not inner)
        machine["States"].update(self.aside)
        self.aside = outer
        return machine

    def linked(self, chain, with_edges):
        """The machine of a chain: Next from each to the one after it, and edges that jump further."""
        names = [name for name, _ in chain]
        for place, (name, state) in enumerate(chain):
            later = names[place + 1:]
            if state["Type"] == "Choice":
                self.link_choice(state, later)
            elif state["Type"] not in ("Succeed", "Fail"):
                state.update({"Next": later[0]} if later else {"End": True})
            if with_edges and later and name not in self.bodies and state["Type"] in ("Task", "Parallel", "Map") and self.chance(0.4):
                state["Catch"] = state.get("Catch", []) + [self.catcher(self.dice.choice(later))]
        return {"StartAt": names[0], "States": dict(chain)}

    @staticmethod
    def link_choice(state, later):
        """Rules lead as far as they can unless they lead somewhere; the next state is for Default, or for the first rule without one."""
        if state.pop("total", True):
            state["Default"] = later[0]
        else:
            state["Choices"][0]["Next"] = later[0]
        for rule in state["Choices"]:
            rule.setdefault("Next", later[-1])

    def catcher(self, target):
        catcher = {"ErrorEquals": [self.dice.choice(ERRORS[:3] + ["States.ALL"])], "Next": target}
        if self.chance(0.7):
            catcher["ResultPath"] = self.dice.choice(["$.caught", None, "$.o.caught"])
        if self.chance(0.2):
            catcher["Assign"] = {self.variable(): {"e.$": "$.Error"}}
        return catcher

    def variable(self):
        self.variables += 1
        return f"v{self.variables}"

    # -- segments: one state, or a few that belong together

    def segment(self, depth, risky, inner):
        kinds = ["pass_state", "task", "wait"]
        if risky:
            kinds += ["pass_state", "task", "choice"]
            kinds += [] if inner else ["loop", self.dice.choice(["fail", "succeed"])]
        if depth > 0 and (risky or not inner):
            kinds += ["parallel", "map"]
        return getattr(self, self.dice.choice(kinds))(depth, risky, inner)

    def one(self, state):
        return [(self.new_name(), state)]

    def expression(self):
        return self.dice.choice(CALLS if self.chance(0.5) else PATHS[:-1] if self.chance(0.9) else PATHS)

    def flow(self, state, risky):
        """Data flow around a state: mostly kept, so that later states find something."""
        if not risky:
            return state
        if self.chance(0.2):
            state["InputPath"] = self.dice.choice(["$", "$.o", "$.list", None])
        if self.chance(0.75):
            state["ResultPath"] = self.dice.choice(["$.r", "$.o.r", "$.a", None, "$.list[0]"] + ["$.r"] * 5)
        if self.chance(0.1):
            state["OutputPath"] = self.dice.choice(["$", "$.r", "$.o"])
        if self.chance(0.2):
            state["Assign"] = {self.variable(): {"x.$": "$"}}
        return state

    def template(self):
        return {"c": self.dice.choice(VALUES), "k.$": self.expression(), "n": [{"m.$": self.expression()}]}

    def retry(self, share=0.4):
        if not self.chance(share):
            return {}
        names = [self.dice.choice(ERRORS)] if self.chance(0.6) else ["States.ALL"]
        return {"Retry": [{"ErrorEquals": names, "IntervalSeconds": self.seconds(), "MaxAttempts": self.dice.randint(0, 2),
                           "BackoffRate": self.dice.choice([1, 2.0])}]}

    def task(self, _, risky, inner):
        name = self.new_name()
        state = {"Type": "Task", "Resource": "portarium:action:test.do", "TimeoutSeconds": 100000}
        outcomes = [{"return": self.dice.choice(VALUES)}]
        if risky:
            if self.chance(0.5):
                state["Parameters"] = self.template()
            if self.chance(0.2):
                state["ResultSelector"] = {"whole.$": "$"}
            failures = [{"error": self.dice.choice(ERRORS), "cause": "because"} for _ in range(self.dice.randint(0, 2))]
            for failure in failures:
                if failure["error"] == "States.Timeout":
                    del failure["cause"]
            outcomes = self.dice.choice([failures, failures + outcomes]) or outcomes
            state.update(self.retry())
        self.mocks[name] = outcomes
        if self.chance(0.3):
            self.undone(state, inner)
        return [(name, self.flow(state, risky))]

    def undone(self, state, inner):
        """Says how a task is undone: by a task, or by no more than a Pass."""
        if self.chance(0.3):
            self.undone_by(state, inner, {"Type": "Pass", "End": True})
            return
        failures = 0 if inner else self.dice.randint(0, 2)
        self.undone_by_task(state, inner, [{"error": "E1", "cause": "because"}] * failures + [{"return": self.dice.choice(VALUES)}])

    def undone_by_task(self, state, inner, outcomes):
        undoing = {"Type": "Task", "Resource": "portarium:action:test.do", "TimeoutSeconds": 100000, "End": True,
                   "Retry": [{"ErrorEquals": ["E1"], "IntervalSeconds": self.seconds(), "MaxAttempts": 1}]}
        self.mocks[self.undone_by(state, inner, undoing)] = outcomes

    def undone_by(self, state, fits, undoing):
        """fits: what undoing is given can always be made."""
        name = self.new_name()
        self.undoing.add(name)
        self.aside[name] = undoing
        state["Catch"] = [{"ErrorEquals": ["Portarium.Compensate"], "Next": name, "ResultPath": None if fits else self.dice.choice(["$", "$.undo", None])}]
        return name

    def pass_state(self, _, risky, __):
        state = {"Type": "Pass"}
        if not risky or self.chance(0.3):
            state["Result"] = self.dice.choice(VALUES)
        elif self.chance(0.8):
            state["Parameters"] = self.template()
        return self.one(self.flow(state, risky))

    def wait(self, _, risky, __):
        if self.chance(0.2):
            return self.one({"Type": "Wait", "Seconds": 0})
        if risky and not self.timed and self.chance(0.2):
            return self.one({"Type": "Wait", "SecondsPath": "$.a"})
        return self.one({"Type": "Wait", "Seconds": self.seconds()})

    def succeed(self, *_):
        return self.guarded({"Type": "Succeed"})

    def fail(self, *_):
        return self.guarded({"Type": "Fail", "Error": self.dice.choice(ERRORS[:2]), "Cause": "a Fail state"})

    def guarded(self, end):
        """A Choice beside which a state ends the machine."""
        name = self.new_name()
        self.aside[name] = end
        return self.one({"Type": "Choice", "Choices": [dict(self.rule(), Next=name)]}) + self.one({"Type": "Pass"})

    def rule(self):
        dice = self.dice
        comparisons = [{"Variable": "$.a", "NumericGreaterThan": dice.randint(0, 4)}, {"Variable": "$.b", "StringMatches": "x*"},
                       {"Variable": "$.a", "NumericEqualsPath": "$.a"}, {"Variable": "$.o.x", "IsNull": True}, {"Variable": "$.list", "IsPresent": False}]
        first = dice.choice(comparisons)
        return dice.choice([first, {"Not": first}, {"And": [{"Variable": first["Variable"], "IsPresent": True}, first]}, {"Or": [first, dice.choice(comparisons)]}])

    def choice(self, *_):
        choice = {"Type": "Choice", "Choices": [self.rule() for _ in range(self.dice.randint(1, 2))], "total": self.chance(0.85)}
        return self.one(choice) + self.one({"Type": "Pass"}) + self.one({"Type": "Pass", "Result": 1, "ResultPath": None})

    def loop(self, depth, risky, inner):
        """Counts a variable up to a bound around a task. A Catch could lead past the counting, and the loop would not end."""
        counter = self.variable()
        body = self.task(depth, risky, inner)
        self.bodies.add(body[0][0])
        bound = {"Variable": f"${counter}", "NumericLessThan": self.dice.randint(1, 3), "Next": body[0][0]}
        return self.one({"Type": "Pass", "Assign": {counter: 0}}) + body + \
            self.one({"Type": "Pass", "Assign": {f"{counter}.$": f"States.MathAdd(${counter}, 1)"}}) + \
            self.one({"Type": "Choice", "Choices": [bound]}) + self.one({"Type": "Pass"})

    def parallel(self, depth, risky, _):
        branches = self.dice.randint(1, 3)
        at_risk = self.dice.randrange(branches) if risky else None
        state = {"Type": "Parallel", "Branches": [self.machine(depth - 1, place == at_risk, True) for place in range(branches)]}
        state.update(self.retry(0.2) if risky else {})
        return self.one(self.flow(state, risky))

    def map(self, *_):
        """Items of the input's list; an item above a bound fails its iteration."""
        fails = self.new_name()
        rule = {"Variable": "$.v", "NumericGreaterThan": self.dice.randint(1, 4), "Next": fails}
        outer, self.aside = self.aside, {}
        chain = self.task(0, False, True) if self.chance(0.5) else self.one({"Type": "Pass"})
        chain[0][1]["ResultPath"] = "$.r"
        chain += self.wait(0, False, True) if self.chance(0.3) else []
        chain += self.one({"Type": "Choice", "Choices": [rule]}) + self.one({"Type": "Pass"})
        processor = self.linked(chain, False)
        processor["States"][fails] = {"Type": "Fail", "Error": "E1", "Cause": "an item"}
        processor["States"].update(self.aside)
        self.aside = outer
        state = {"Type": "Map", "ItemsPath": "$.list", "ItemProcessor": processor,
                 "ItemSelector": {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "s.$": "$$.State.Name", "all.$": "$.a"}}
        if self.chance(0.5):
            state["MaxConcurrency"] = self.dice.randint(0, 2)
        if self.chance(0.4):
            state["ToleratedFailureCount"] = self.dice.randint(0, 3)
        return self.one(self.flow(state, True) | {"InputPath": "$"})
