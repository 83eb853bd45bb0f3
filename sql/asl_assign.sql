-- Variables.
\pset format unaligned
\pset tuples_only on

-- computed from the variables as they were, visible from the next state on
select r -> 'output'
from portarium.simulate('{"StartAt": "A", "States": {
    "A": {"Type": "Pass", "Assign": {"x": 1, "y": {"k.$": "$.in"}}, "Next": "B"},
    "B": {"Type": "Pass", "Assign": {"x.$": "$y", "y.$": "$x"}, "Parameters": {"before.$": "$x"}, "ResultPath": "$.b", "Next": "C"},
    "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y", "b.$": "$.b", "sum.$": "States.MathAdd($y, 1)"}, "End": true}}}', '{"in": "I"}') as r;
-- OutputPath of the same state sees the old value
select r -> 'output'
from portarium.simulate('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": "old"}, "Next": "B"}, "B": {"Type": "Pass", "Assign": {"x": "new"}, "OutputPath": "$x", "End": true}}}') as r;
-- a task assigns from its raw result, before ResultSelector
select r -> 'output'
from portarium.simulate('{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:x", "ResultSelector": {"only.$": "$.a"}, "Assign": {"whole.$": "$"}, "Next": "P"}, "P": {"Type": "Pass", "Parameters": {"in.$": "$", "whole.$": "$whole"}, "End": true}}}',
    '{}', '{"T": [{"return": {"a": 1, "b": 2}}]}') as r;
-- the chosen rule's Assign replaces the state's, which belongs to Default
select i, r -> 'output'
from unnest(array['{"n": 1}', '{"n": 2}', '{"n": 3}']::jsonb[]) as i,
    portarium.simulate('{"StartAt": "I", "States": {"I": {"Type": "Pass", "Assign": {"v": "initial"}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Assign": {"v.$": "States.Format(''rule {}'', $.n)"}, "Next": "P"}, {"Variable": "$.n", "NumericEquals": 2, "Next": "P"}], "Assign": {"v": "default"}, "Default": "P"},
        "P": {"Type": "Pass", "Parameters": {"v.$": "$v"}, "End": true}}}', i) as r;
-- a catcher's Assign sees the error output
select r -> 'output'
from portarium.simulate('{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:x", "Assign": {"v": "state"}, "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"v.$": "$.Cause"}, "ResultPath": null, "Next": "P"}], "End": true},
    "P": {"Type": "Pass", "Parameters": {"v.$": "$v", "in.$": "$"}, "End": true}}}', '{"raw": true}', '{"T": [{"error": "E", "cause": "C"}]}') as r;
-- a variable without a value
select r -> 'error', r -> 'cause' from portarium.simulate('{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"v.$": "$nothing.at.all"}, "End": true}}}') as r;
-- choices and waits read them
select r -> 'trace'
from portarium.simulate('{"StartAt": "P", "States": {"P": {"Type": "Pass", "Assign": {"limit": 5, "s": 1}, "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThanPath": "$limit", "Next": "W"}]}, "W": {"Type": "Wait", "SecondsPath": "$s", "End": true}}}', '{"n": 6}') as r;
