-- SPDX-License-Identifier: PostgreSQL
--
-- Compensation in a simulation: what was done is noted as the engine notes it, and forgotten when it was done after the end of its Parallel
-- or Map; in the end it is undone, the last first.

create function portarium_int.asl_play_push(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_ctx jsonb,
    p_result jsonb,
    inout p_play portarium_int.asl_play
)
language plpgsql
immutable
parallel safe
as $$
begin
    if p_state.compensate is not null and (p_play.step).kind <> 'retry' then
        p_play.undos := p_play.undos || jsonb_build_array(
            portarium_int.asl_undo(p_state, p_raw, (p_play.step).vars, p_ctx, p_result) || jsonb_build_object('at', p_play.elapsed));
    end if;
end
$$;

comment on function portarium_int.asl_play_push(portarium_int.asl_state, jsonb, jsonb, jsonb, portarium_int.asl_play) is
'Notes how a state is undone that has just been left.';

create function portarium_int.asl_play_forget(
    inout p_play portarium_int.asl_play
)
language plpgsql
immutable
parallel safe
as $$
begin
    -- branches are played one after the other, so that one of them may have gone on beyond the failure of another
    p_play.undos := coalesce((
        select jsonb_agg(u.value order by u.place)
        from jsonb_array_elements(p_play.undos) with ordinality as u (value, place)
        where (u.value ->> 'at')::numeric <= p_play.elapsed), '[]');
end
$$;

comment on function portarium_int.asl_play_forget(portarium_int.asl_play) is
'Forgets what was done later than it is now.';

create function portarium_int.asl_undo_machine(
    p_definition jsonb,
    p_start_at text
) returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_set(m.machine, '{StartAt}', to_jsonb(p_start_at))
    from portarium_int.asl_machines('', p_definition) as m
    where m.machine -> 'States' ? p_start_at
$$;

comment on function portarium_int.asl_undo_machine(jsonb, text) is
'The machine that a state belongs to, begun at that state.';
