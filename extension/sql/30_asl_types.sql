-- SPDX-License-Identifier: PostgreSQL
--
-- The Amazon States Language: the compiled form and the step.
--
-- A definition is checked (38), compiled once into one row per state (36), and then driven (37): entering a state, or leaving it with a
-- result or an error, is a pure function from a compiled state and its data to a step. The engine stores the rows and acts on the steps;
-- simulate (39) acts on the same steps with mocks. Nothing in 30 to 39 writes a table.
--
-- A program is a two-dimensional text array, one row an operation, run from top to bottom without recursion; see asl_fill and asl_choose (34).

create type portarium_int.asl_state as (
    name text,
    type text,
    -- the next state, for a Choice its Default; null when there is none
    next text,
    is_end boolean,
    resource text,
    -- true when a program reads the context object, so that a caller knows whether to build it
    needs_ctx boolean,
    input_path text[],
    parameters text[],
    result jsonb,
    result_selector text[],
    -- the steps of ResultPath as asl_put takes them; null for "$"
    result_path jsonb,
    discards_result boolean,
    output_path text[],
    assign text[],
    -- one program over all rules, then by rule number: its target and its Assign (the text of a program)
    choices text[],
    choice_next text[],
    choice_assign text[],
    wait_seconds text[],
    wait_until text[],
    error text[],
    cause text[],
    timeout_seconds int,
    timeout_path text[],
    heartbeat_seconds int,
    heartbeat_path text[],
    -- arrays of retriers and catchers with defaults filled in
    retry jsonb,
    catch jsonb,
    -- Parallel and Map: the inner machines and the Map's own programs
    machines jsonb,
    map jsonb,
    -- where undoing the state begins, and the steps of its ResultPath as of a catcher; null when nothing undoes it
    compensate jsonb,
    -- a Task: the key that quotas count its job by
    limit_key text[]
);

comment on type portarium_int.asl_state is
'one compiled state; programs are two-dimensional text arrays, null where the state does not have the field';

create type portarium_int.asl_step as (
    -- next | task | wait | succeed | fail | retry; in simulate also parallel | map
    kind text,
    state text,
    -- next and succeed: the output; otherwise the raw input of the state
    data jsonb,
    vars jsonb,
    next text,
    error text,
    cause text,
    seconds numeric,
    until timestamptz,
    resource text,
    input jsonb,
    timeout_seconds int,
    heartbeat_seconds int,
    limit_key text,
    -- attempts spent so far, one number for each retrier of the state
    retries int[],
    -- the states entered since the run was last stored, in order
    path text[]
);

comment on type portarium_int.asl_step is
'what the interpreter wants next: a task to be done, a wait, a retry, or the end of the run';

create function portarium_int.stamp_asl() returns void
language plpgsql
as $$
begin
    create table definition_state (
        tenant_id uuid not null,
        def_id int not null,
        name text not null,
        type text not null,
        next text,
        is_end boolean not null,
        resource text,
        needs_ctx boolean not null,
        input_path text[],
        parameters text[],
        result jsonb,
        result_selector text[],
        result_path jsonb,
        discards_result boolean not null,
        output_path text[],
        assign text[],
        choices text[],
        choice_next text[],
        choice_assign text[],
        wait_seconds text[],
        wait_until text[],
        error text[],
        cause text[],
        timeout_seconds int,
        timeout_path text[],
        heartbeat_seconds int,
        heartbeat_path text[],
        retry jsonb,
        catch jsonb,
        machines jsonb,
        map jsonb,
        compensate jsonb,
        limit_key text[],
        -- the last state of its machine, and its output is the task's result as it is
        ends_with_result boolean not null generated always as (
            type = 'Task' and is_end and not discards_result
            and result_selector is null and result_path is null and output_path is null and assign is null) stored,
        primary key (tenant_id, def_id, name)
    );
    comment on table definition_state is 'the compiled states of each definition, immutable';
end
$$;

comment on function portarium_int.stamp_asl() is
'Creates definition_state in the schema that leads the search path.';
