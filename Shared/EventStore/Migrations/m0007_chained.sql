-- As before, but that a unit adds nothing to a stream that this batch did not move: where one unit
-- of a batch only looks at a stream, in a version that another process has left behind, the stream
-- is not moved, and the events of a unit behind it would stand in the log without their version.
-- Such a unit is done again.
create or replace function sort_out_units(
    p_units integer, s_id text[], s_first bigint[], s_last bigint[],
    o_unit integer[], o_stream integer[], o_expected bigint[], o_count integer[],
    k_unit integer[], k_scope text[], k_key text[], k_token uuid[],
    c_unit integer[], c_take boolean[], c_scope text[], c_key text[], c_stream text[],
    i_unit integer[], i_source text[], i_topic text[], i_slot smallint[],
    i_from_epoch bigint[], i_from_sequence bigint[], i_from_position bigint[],
    i_epoch bigint[], i_sequence bigint[], i_position bigint[],
    out bad boolean[], out faults jsonb
)
language plpgsql as $$
#variable_conflict use_column
declare
    -- Rows that this transaction wrote carry its number.
    v_self xid := pg_current_xact_id()::xid;
    v_ours boolean[];
    v_version bigint[];
    v_lost boolean[] := array_fill(false, array[cardinality(s_id)]);
    v_fault record;
    v_at integer := 1;
    v_next integer;
    v_unit integer;
    v_stream integer;
    v_good boolean;
    v_foreign boolean;
begin
    bad := array_fill(false, array[p_units]);
    faults := '[]';

    for v_fault in
        select k.unit, jsonb_build_object('unit', k.unit, 'kind', 'duplicate',
            'fingerprint', encode(o.fingerprint, 'hex'), 'outcome', o.outcome,
            'position', coalesce((select e.position from event e
                where e.stream = o.stream and e.version = o.version), 0)) as fault
        from unnest(k_unit, k_scope, k_key, k_token) as k (unit, scope, key, token)
        join command_outcome o on o.scope = k.scope and o.key = k.key and o.token <> k.token
        union all
        select c.unit, jsonb_build_object('unit', c.unit, 'kind', 'claim', 'scope', c.scope,
            'key', c.key, 'stream', o.stream)
        from unnest(c_unit, c_take, c_scope, c_key, c_stream) as c (unit, take, scope, key, stream)
        join stream_claim o on o.scope = c.scope and o.key = c.key and o.stream <> c.stream
        where c.take
        union all
        select i.unit, jsonb_build_object('unit', i.unit, 'kind', 'position')
        from unnest(i_unit, i_source, i_topic, i_slot, i_epoch, i_sequence, i_position)
            as i (unit, source, topic, slot, epoch, sequence, position)
        left join inbox_position o
            on o.source = i.source and o.topic = i.topic and o.slot = i.slot
        where o.xmin is distinct from v_self or o.epoch <> i.epoch or o.sequence <> i.sequence
            or o.position <> i.position
    loop
        if not bad[v_fault.unit] then
            bad[v_fault.unit] := true;
            faults := faults || v_fault.fault;
        end if;
    end loop;

    -- Versions as they were before this batch.
    select array_agg(coalesce(x.xmin = v_self and s.last > s.first, false) order by s.n),
        array_agg(case when x.xmin = v_self and s.last > s.first then s.first
            else coalesce(x.version, 0) end order by s.n)
    into v_ours, v_version
    from unnest(s_id, s_first, s_last) with ordinality as s (id, first, last, n)
    left join stream x on x.id = s.id;

    -- The units in their order, each all or nothing. Once a unit fails, whatever was decided on its
    -- events fails too.
    while v_at <= cardinality(o_unit) loop
        v_unit := o_unit[v_at];
        v_good := not bad[v_unit];
        v_next := v_at;
        while v_next <= cardinality(o_unit) and o_unit[v_next] = v_unit loop
            v_stream := o_stream[v_next];
            v_foreign := o_count[v_next] > 0 and not v_ours[v_stream];
            if v_good and (v_lost[v_stream] or v_version[v_stream] <> o_expected[v_next]
                or v_foreign)
            then
                v_good := false;
                bad[v_unit] := true;
                faults := faults || jsonb_build_object('unit', v_unit,
                    'kind', case
                        when v_lost[v_stream] then 'moved'
                        when v_version[v_stream] <> o_expected[v_next] then 'conflict'
                        else 'moved' end,
                    'stream', s_id[v_stream], 'actual', v_version[v_stream]);
            end if;
            v_next := v_next + 1;
        end loop;
        while v_at < v_next loop
            v_stream := o_stream[v_at];
            if v_good then
                v_version[v_stream] := o_expected[v_at] + o_count[v_at];
            elsif o_count[v_at] > 0 then
                v_lost[v_stream] := true;
            end if;
            v_at := v_at + 1;
        end loop;
    end loop;

    delete from stream using unnest(s_id, v_ours, v_version) as s (id, ours, version)
    where stream.id = s.id and s.ours and s.version = 0;
    update stream set version = s.version
    from unnest(s_id, v_ours, v_version) as s (id, ours, version)
    where stream.id = s.id and s.ours and s.version > 0 and stream.version <> s.version;

    delete from command_outcome using unnest(k_unit, k_scope, k_key, k_token)
        as k (unit, scope, key, token)
    where bad[k.unit] and command_outcome.scope = k.scope and command_outcome.key = k.key
        and command_outcome.token = k.token;
    delete from stream_claim using unnest(c_unit, c_take, c_scope, c_key)
        as c (unit, take, scope, key)
    where bad[c.unit] and c.take and stream_claim.scope = c.scope and stream_claim.key = c.key
        and stream_claim.xmin = v_self;
    delete from inbox_position using unnest(i_unit, i_source, i_topic, i_slot,
            i_from_epoch, i_from_sequence, i_from_position)
        as i (unit, source, topic, slot, e, s, p)
    where bad[i.unit] and inbox_position.source = i.source and inbox_position.topic = i.topic
        and inbox_position.slot = i.slot and inbox_position.xmin = v_self
        and i.e = 0 and i.s = 0 and i.p = 0;
    update inbox_position set epoch = i.e, sequence = i.s, position = i.p
    from unnest(i_unit, i_source, i_topic, i_slot,
            i_from_epoch, i_from_sequence, i_from_position)
        as i (unit, source, topic, slot, e, s, p)
    where bad[i.unit] and inbox_position.source = i.source and inbox_position.topic = i.topic
        and inbox_position.slot = i.slot and inbox_position.xmin = v_self;
end
$$;
