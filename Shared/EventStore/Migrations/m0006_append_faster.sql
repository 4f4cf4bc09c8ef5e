-- Commits a batch of units of work, each all or nothing, in the order given. A unit that cannot be
-- committed is reported and leaves nothing; the others are committed. With `p_strict` a failing
-- unit fails the whole call (SK001, the faults in the error's detail).
--
-- The client promises: streams distinct and in order of names; no claim, outcome, timer or slot
-- twice in a batch; the expectations of units on the same stream chained.
--
-- Returns the position before the batch's first event, the time recorded, and the faults as JSON.
create or replace function append_units(
    p_units integer, p_strict boolean,
    -- Streams: the version that the first unit expects, the version after the last one.
    s_id text[], s_first bigint[], s_last bigint[],
    -- What each unit expects of a stream and how many events it adds.
    o_unit integer[], o_stream integer[], o_expected bigint[], o_count integer[],
    e_unit integer[], e_stream text[], e_version bigint[], e_type text[], e_form integer[],
    e_id uuid[], e_command uuid[], e_payload text[], e_metadata text[],
    k_unit integer[], k_scope text[], k_key text[], k_print bytea[], k_outcome text[],
    k_token uuid[], k_seconds double precision[], k_stream text[], k_version bigint[],
    c_unit integer[], c_take boolean[], c_scope text[], c_key text[], c_stream text[],
    i_unit integer[], i_source text[], i_topic text[], i_slot smallint[],
    i_from_epoch bigint[], i_from_sequence bigint[], i_from_position bigint[],
    i_epoch bigint[], i_sequence bigint[], i_position bigint[],
    t_unit integer[], t_kind text[], t_key text[], t_due timestamptz[], t_payload text[]
) returns table (base bigint, recorded_at timestamptz, faults text)
language plpgsql
-- The arrays arrive in the order in which rows are to be locked; only nested loops keep it.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    v_events integer := cardinality(e_unit);
    v_streams integer := cardinality(s_id);
    v_wanted bigint := v_streams;
    v_got bigint := 0;
    v_count bigint;
    v_base bigint;
    v_until bigint;
    v_rows bigint;
    v_now timestamptz;
    v_bad boolean[];
    v_faults jsonb := '[]';
    v_good_events integer;
begin
    -- Each step counts the rows that it should touch and those that it does.
    if 0 = any (s_first) then
        insert into stream (id, category, version)
        select s.id, split_part(s.id, '-', 1), s.last
        from unnest(s_id, s_first, s_last) as s (id, first, last)
        where s.first = 0 and s.last > 0
        on conflict do nothing;
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;
    end if;
    if 0 < any (s_first) then
        update stream set version = s.last
        from unnest(s_id, s_first, s_last) as s (id, first, last)
        where stream.id = s.id and stream.version = s.first and s.last > s.first and s.first > 0;
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;
    end if;

    if cardinality(k_unit) > 0 then
        insert into command_outcome (
            scope, key, fingerprint, outcome, stream, version, token, expires_at)
        select k.scope, k.key, k.print, k.outcome, k.stream, k.version, k.token,
            clock_timestamp() + make_interval(secs => k.seconds)
        from unnest(k_scope, k_key, k_print, k_outcome, k_stream, k_version, k_token, k_seconds)
            as k (scope, key, print, outcome, stream, version, token, seconds)
        order by k.scope, k.key
        on conflict do nothing;
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;
        v_wanted := v_wanted + cardinality(k_unit);
    end if;

    if cardinality(c_unit) > 0 then
        insert into stream_claim (scope, key, stream)
        select c.scope, c.key, c.stream
        from unnest(c_take, c_scope, c_key, c_stream) as c (take, scope, key, stream)
        where c.take
        order by c.scope, c.key
        on conflict do nothing;
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;
        select v_wanted + count(*) into v_wanted from unnest(c_take) as c (take) where c.take;
    end if;

    if cardinality(i_unit) > 0 then
        insert into inbox_position (source, topic, slot, epoch, sequence, position)
        select i.source, i.topic, i.slot, i.epoch, i.sequence, i.position
        from unnest(i_source, i_topic, i_slot, i_epoch, i_sequence, i_position,
                i_from_epoch, i_from_sequence, i_from_position)
            as i (source, topic, slot, epoch, sequence, position, e, s, p)
        where i.e = 0 and i.s = 0 and i.p = 0
        order by i.source, i.topic, i.slot
        on conflict do nothing;
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;

        update inbox_position set epoch = i.epoch, sequence = i.sequence, position = i.position
        from unnest(i_source, i_topic, i_slot, i_epoch, i_sequence, i_position,
                i_from_epoch, i_from_sequence, i_from_position)
            as i (source, topic, slot, epoch, sequence, position, e, s, p)
        where inbox_position.source = i.source and inbox_position.topic = i.topic
            and inbox_position.slot = i.slot and inbox_position.epoch = i.e
            and inbox_position.sequence = i.s and inbox_position.position = i.p
            and (i.e > 0 or i.s > 0 or i.p > 0);
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;
        v_wanted := v_wanted + cardinality(i_unit);
    end if;

    -- From here on the log is ours until the commit.
    if v_events > 0 then
        update log_head set position = position + v_events where only_row
        returning position - v_events, partition_until, partition_rows
        into v_base, v_until, v_rows;
        -- The next partition is there long before it is needed.
        while v_base + v_events + v_rows / 2 >= v_until loop
            perform add_event_partition();
            v_until := v_until + v_rows;
        end loop;
    else
        select position into v_base from log_head where only_row;
    end if;
    v_now := clock_timestamp();

    -- Streams that are only looked at.
    if v_got < v_wanted and v_streams > 0 then
        select v_got + count(*) into v_got
        from unnest(s_id, s_first, s_last) as s (id, first, last)
        left join stream on stream.id = s.id
        where s.first = s.last and coalesce(stream.version, 0) = s.first;
    end if;

    if v_got = v_wanted then
        if v_events > 0 then
            insert into event (
                position, stream, version, type, form, id, command_id, recorded_at, payload,
                metadata)
            select v_base + e.n, e.stream, e.version, e.type, e.form, e.id, e.command, v_now,
                e.payload, e.metadata
            from unnest(
                    e_stream, e_version, e_type, e_form, e_id, e_command, e_payload, e_metadata)
                with ordinality
                as e (stream, version, type, form, id, command, payload, metadata, n);
        end if;
    else
        -- Somebody was faster with something: find out which units fail, and take back their part.
        select sorted.bad, sorted.faults into v_bad, v_faults
        from sort_out_units(
            p_units, s_id, s_first, s_last, o_unit, o_stream, o_expected, o_count,
            k_unit, k_scope, k_key, k_token, c_unit, c_take, c_scope, c_key, c_stream,
            i_unit, i_source, i_topic, i_slot, i_from_epoch, i_from_sequence, i_from_position,
            i_epoch, i_sequence, i_position) as sorted;
        if p_strict and v_faults <> '[]' then
            raise exception 'a unit of work failed' using errcode = 'SK001',
                detail = v_faults::text;
        end if;
        insert into event (
            position, stream, version, type, form, id, command_id, recorded_at, payload, metadata)
        select v_base + row_number() over (order by e.n), e.stream, e.version, e.type, e.form,
            e.id, e.command, v_now, e.payload, e.metadata
        from unnest(
                e_unit, e_stream, e_version, e_type, e_form, e_id, e_command, e_payload, e_metadata)
            with ordinality
            as e (unit, stream, version, type, form, id, command, payload, metadata, n)
        where not v_bad[e.unit];
        get diagnostics v_good_events = row_count;
        if v_good_events < v_events then
            update log_head set position = v_base + v_good_events where only_row;
        end if;
    end if;

    if cardinality(c_unit) > 0 then
        delete from stream_claim using unnest(c_unit, c_take, c_scope, c_key, c_stream)
            as c (unit, take, scope, key, stream)
        where not c.take and stream_claim.scope = c.scope and stream_claim.key = c.key
            and stream_claim.stream = c.stream and not coalesce(v_bad[c.unit], false);
    end if;

    if cardinality(t_unit) > 0 then
        delete from timer using unnest(t_unit, t_kind, t_key, t_due) as t (unit, kind, key, due)
        where t.due is null and timer.kind = t.kind and timer.key = t.key
            and not coalesce(v_bad[t.unit], false);
        insert into timer (kind, key, due, payload, ready_at)
        select t.kind, t.key, t.due, t.payload, t.due
        from unnest(t_unit, t_kind, t_key, t_due, t_payload) as t (unit, kind, key, due, payload)
        where t.due is not null and not coalesce(v_bad[t.unit], false)
        order by t.kind, t.key
        on conflict (kind, key) do update
        set due = excluded.due, payload = excluded.payload, attempts = 0, lease = null,
            ready_at = excluded.ready_at;
    end if;

    base := v_base;
    recorded_at := v_now;
    if v_faults <> '[]' then faults := v_faults; end if;
    return next;
end
$$;
