"""Scripts: seeded steps over every function and view that the database offers to applications.

Functions, arguments, defaults and views come from portarium.api_catalog(); how a value for an argument is found is told by the
argument's name, else by its type, so that a function that is added later is called, too. Names are few and the same for all
tenants, so that they collide; ids are the tenant's own, the other tenant's, or nobody's.

SPDX-License-Identifier: PostgreSQL
"""
import json
import random

NOBODY = "00000000-0000-7000-8000-000000000000"
TASK = {"Type": "Task", "Resource": "portarium:action:ledger.post", "Parameters": {"id.$": "$.id"}, "TimeoutSeconds": 9000,
        "HeartbeatSeconds": 8000, "End": True}


def machine(**states):
    return json.dumps({"StartAt": next(iter(states)), "States": states})


DOCUMENTS = [
    machine(Do=TASK),
    machine(Do=dict(TASK, Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 7000, "MaxAttempts": 2}])),
    machine(Do=dict(TASK, Resource="portarium:action:ledger.grant")),
    machine(Do=dict(TASK, Resource="portarium:action:ledger.post.waitForTaskToken", Parameters={"token.$": "$$.Task.Token"})),
    machine(Ask={"Type": "Task", "Resource": "portarium:approval", "Parameters": {"prompt": "?"}, "TimeoutSeconds": 9000, "End": True}),
    machine(Hear={"Type": "Task", "Resource": "portarium:signal:go", "TimeoutSeconds": 9000, "End": True}),
    machine(Rest={"Type": "Wait", "Seconds": 8000, "End": True}),
    machine(Each={"Type": "Map", "ItemsPath": "$.list", "MaxConcurrency": 2, "End": True,
                  "ItemProcessor": {"StartAt": "Do", "States": {"Do": dict(TASK, Parameters={"id.$": "$"})}}}),
    machine(Child={"Type": "Task", "Resource": "portarium:workflow:w1", "Parameters": {"Input.$": "$"}, "TimeoutSeconds": 9000, "End": True}),
    machine(Fail={"Type": "Fail", "Error": "E", "Cause": "asked"}),
    machine(Step={"Type": "Task", "Resource": "portarium:sql:step", "End": True}),
    '{"StartAt": "None", "States": {}}',
    "{",
]
OPERATIONS = json.dumps({"post": {"method": "POST", "path": "/x", "idempotent": True}, "grant": {"method": "POST", "path": "/y", "tier": "HumanApprove"}})
INPUTS = [json.dumps({"id": n, "list": list(range(n))}) for n in range(4)] + ["{}", "[]", json.dumps({"id": "x" * 400})]
TEXTS = {
    "workflow": [f"w{n}" for n in range(1, len(DOCUMENTS))], "adapter": ["ledger", "bank", "*"], "operation": ["post", "grant", "*"], "alias": ["live", "next"],
    "idempotency_key": ["k1", "k2", "k3", "k4", None, None, None, None], "decision": ["approve", "deny", "perhaps"], "effect": ["allow", "approve", "none", "deny"],
    "tier": ["Auto", "Auto", "HumanApprove", "no"], "kind": ["http", "exec", "x"], "app_kind": ["app.a", "app.b", "run.started"], "before": ["ledger.post", "*", "bank.pay"],
    "after": ["start", "now", "1-0", "1-3", "1-99999", "2-0", "x"], "cron": ["0 0 1 1 *", "@yearly", "x"], "time_zone": ["UTC", "Europe/Vienna", "Nowhere"],
    "overlap": ["allow", "skip", "x"], "catch_up": ["last", "none", "x"], "url": ["https://example.com/a", "https://example.com/b", "ftp://x"],
    "mode": ["structured", "binary", "x"], "correlation": ["c1", "c2", None], "credential": ["c", None], "uri": ["arn:x", "arn:y"],
    "resource": ["portarium:action:ledger.post", "portarium:action:none.x"], "base_url": ["http://127.0.0.1:1", None],
    "action": ["pause", "resume", "retry", "cancel", "x"], "json": ["{}", "{", "[1]"], "reason": ["because", None],
}
# What a function means by an argument whose name alone does not say it.
MEANS = {("register_workflow", "name"): "workflow", ("register_adapter", "name"): "adapter", ("enable_adapter", "name"): "adapter",
         ("append_evidence", "kind"): "app_kind"}
ARRAYS = {"inputs": ['{"{\\"id\\": 1}"}', '{"{\\"id\\": 2}","{\\"id\\": 3}"}', "{}"], "idempotency_keys": ["{k1}", "{k5,k6}", None], "roles": ["{approver}", "{}"]}
JSON = {"input": INPUTS, "definition": DOCUMENTS, "operations": [OPERATIONS, "{}"], "versions": ['{"1": 100}', '{"1": 50, "2": 50}', '{"9": 100}'],
        "filters": ["[]", '[{"exact": {"type": "x"}}]'], "mocks": ["{}"], "payload": INPUTS, "output": INPUTS, "body": ['{"n": 1}', '{"n": 1.5}', "[]"]}
REPEATED = ["start_run"] * 12 + ["register_workflow"] * 4 + ["decide"] * 4 + ["signal_run", "send_task_success", "task_token", "run_history", "pause_run", "resume_run", "cancel_run", "retry_run"] * 3


class Writer:
    def __init__(self, catalog, seed):
        self.dice = random.Random(seed)
        self.functions = [f for f in catalog["functions"] if f["name"] not in ("tick", "install")]
        self.views = [v["name"] for v in catalog["views"]]

    def setup(self, tenant):
        """A tenant begins with an adapter and a version of each workflow."""
        calls = [("register_adapter", {"name": "ledger", "kind": "http", "operations": OPERATIONS, "base_url": "http://127.0.0.1:1"})]
        calls += [("register_sql_step", {"name": "step", "function": "prove.step(jsonb)"})]
        calls += [("register_workflow", {"name": f"w{n}", "definition": document}) for n, document in enumerate(DOCUMENTS[:-2], 1)]
        kinds = {"operations": "jsonb", "definition": "jsonb", "function": "regprocedure"}
        return [{"tenant": tenant, "actor": "boss", "context": "own", "function": name,
                 "arguments": {key: ["plain", value, kinds.get(key, "text")] for key, value in arguments.items()}} for name, arguments in calls]

    def steps(self, tenant, count, other=None):
        """That many steps of the tenant, each function and view at least once, with steps of another tenant in between."""
        steps = [self.call(tenant, f) for f in self.functions] + [self.look(tenant, v) for v in self.views]
        steps += [self.any(tenant) for _ in range(count - len(steps))]
        self.dice.shuffle(steps)
        if other is None:
            return steps
        mixed = []
        for step in steps:
            mixed.append(step)
            if self.dice.random() < 0.3:
                mixed.append(self.any(other))
        return mixed

    def any(self, tenant):
        if self.dice.random() < 0.2:
            return self.look(tenant, self.dice.choice(self.views + ["approvals"] * 4))
        if self.dice.random() < 0.015:
            return {"tenant": tenant, "actor": "boss", "context": "none", "clock": True}
        if self.dice.random() < 0.5:
            name = self.dice.choice(REPEATED)
            return self.call(tenant, self.dice.choice([f for f in self.functions if f["name"] == name]))
        return self.call(tenant, self.dice.choice(self.functions))

    def common(self, tenant):
        return {"tenant": tenant, "actor": self.dice.choice(["boss"] * 10 + ["bea", "bob"]),
                "context": self.dice.choice(["own"] * 60 + ["none", "expired", "login", "forged"])}

    def look(self, tenant, view):
        return dict(self.common(tenant), view=view)

    def call(self, tenant, function):
        arguments = {}
        for argument in function["arguments"]:
            if not argument["has_default"] or self.dice.random() < 0.5:
                arguments[argument["name"]] = self.argument(function["name"], argument["name"], argument["type"])
        step = dict(self.common(tenant), function=function["name"], arguments=arguments)
        if function["name"] == "decide" and self.dice.random() < 0.7:
            step["actor"] = "bob"
        return step

    def argument(self, function, name, kind):
        pick = self.dice.choice
        if kind == "uuid":
            how = pick(["seen"] * 12 + ["foreign"] * 3 + ["plain"])
            return [how, NOBODY if how == "plain" else [name, int(self.dice.expovariate(0.3)), NOBODY], kind]
        if name == "token":
            how = pick(["seen"] * 5 + ["foreign", "plain"])
            return [how, "x" * 54 if how == "plain" else ["token", int(self.dice.expovariate(0.5)), "x" * 54], kind]
        if kind.endswith("[]"):
            return ["plain", pick(ARRAYS.get(name, ["{}"])), kind]
        if kind == "jsonb":
            return ["plain", pick(JSON.get(name, ["{}", '{"a": 1}'])), kind]
        if kind in ("integer", "bigint"):
            return ["plain", pick([1, 2, 5, 100]), kind]
        if kind == "boolean":
            return ["plain", pick(["true", "false"]), kind]
        if kind == "regprocedure":
            return ["plain", pick(["prove.step(jsonb)", "pg_catalog.now()"]), kind]
        if name == "definition":
            return ["plain", pick(DOCUMENTS), kind]
        known = TEXTS.get(MEANS.get((function, name), name), ["n1", "n2", "go"])
        return ["plain", pick(known[:-1] if self.dice.random() < 0.85 else known), kind]
