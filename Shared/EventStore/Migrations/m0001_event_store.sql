-- The log of one service: the only truth, and the outbox. Every table here belongs to the event
-- store; a service's read models are made by its projections.

-- The last position that was given. Its row lock is what puts commits in order.
create table log_head (
    only_row boolean primary key default true check (only_row),
    position bigint not null check (position >= 0),
    partition_rows bigint not null check (partition_rows > 0),
    -- The first position that no partition holds.
    partition_until bigint not null
) with (fillfactor = 10);

create table event (
    position bigint not null,
    stream text not null,
    version bigint not null,
    type text not null,
    form integer not null,
    id uuid not null,
    command_id uuid,
    recorded_at timestamptz not null,
    payload text not null,
    metadata text not null,
    primary key (position)
) partition by range (position);

create view event_json as
select position, stream, version, type, form, id, command_id, recorded_at,
    payload::jsonb as payload, metadata::jsonb as metadata
from event;

create table stream (
    id text primary key,
    category text not null,
    version bigint not null check (version > 0)
) with (fillfactor = 80);

create table stream_snapshot (
    stream text not null,
    kind text not null,
    version bigint not null,
    state text not null,
    primary key (stream, kind)
);

-- Unique keys that a stream holds.
create table stream_claim (
    scope text not null,
    key text not null,
    stream text not null,
    primary key (scope, key)
);

-- What commands came to. `stream` and `version` name the last event that one wrote.
create table command_outcome (
    scope text not null,
    key text not null,
    fingerprint bytea not null,
    outcome text not null,
    stream text,
    version bigint,
    token uuid not null,
    expires_at timestamptz,
    primary key (scope, key)
);
create index command_outcome_expiry on command_outcome using brin (expires_at);

create table timer (
    kind text not null,
    key text not null,
    due timestamptz not null,
    payload text not null,
    attempts integer not null default 0,
    lease uuid,
    -- Not to be tried before this: the end of a lease, or of a pause after a failure.
    ready_at timestamptz not null,
    primary key (kind, key)
);
create index timer_ready on timer (ready_at);

-- How far each slot of a source's topic was applied.
create table inbox_position (
    source text not null,
    topic text not null,
    slot smallint not null,
    epoch bigint not null,
    sequence bigint not null,
    position bigint not null,
    primary key (source, topic, slot)
) with (fillfactor = 50);

create table projection (
    name text primary key,
    version integer not null,
    definition text not null,
    checkpoint bigint not null check (checkpoint >= 0),
    -- Raised by each worker that takes over; writes of earlier ones then fail.
    fence bigint not null default 0,
    -- The position at which the present tables took over from earlier ones.
    handover bigint not null default 0,
    -- What a roll-back would put in place.
    previous_version integer,
    previous_definition text,
    previous_checkpoint bigint,
    built_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);

-- What is written stays as it is.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'events are never changed or removed' using errcode = 'SK002';
end
$$;

create trigger event_is_final before update or delete or truncate on event
    for each statement execute function refuse_change();

-- Adds the partition after the last one. Attaching does not disturb readers or writers.
create function add_event_partition() returns void language plpgsql as $$
declare
    v_from bigint;
    v_until bigint;
    v_name text;
begin
    select partition_until, partition_until + partition_rows into v_from, v_until from log_head where only_row;
    v_name := format('event_p%s', v_from);
    execute format('create table %I (like event including defaults)', v_name);
    execute format('alter table %I add primary key (position)', v_name);
    execute format('create unique index on %I (stream, version)', v_name);
    execute format(
        'alter table event attach partition %I for values from (%s) to (%s)',
        v_name, v_from, v_until);
    execute format(
        'create trigger event_is_final before update or delete or truncate on %I '
        'for each statement execute function refuse_change()', v_name);
    update log_head set partition_until = v_until where only_row;
end
$$;

insert into log_head (position, partition_rows, partition_until) values (0, 10000000, 1);
select add_event_partition();

-- Commits a batch of units of work, each all or nothing, in the order given. A unit that cannot be
-- committed is reported and leaves nothing; the others are committed. With `p_strict` a failing
-- unit fails the whole call (SK001, the faults in the error's detail).
--
-- The client promises: streams distinct and in order of names; no claim, outcome, timer or slot
-- twice in a batch; the expectations of units on the same stream chained.
--
-- Returns the position before the batch's first event, the time recorded, and the faults as JSON.
create function append_units(
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
    v_wanted bigint := 0;
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
    if v_streams > 0 then
        insert into stream (id, category, version)
        select s.id, split_part(s.id, '-', 1), s.last
        from unnest(s_id, s_first, s_last) as s (id, first, last)
        where s.first = 0 and s.last > 0
        on conflict do nothing;
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;

        update stream set version = s.last
        from unnest(s_id, s_first, s_last) as s (id, first, last)
        where stream.id = s.id and stream.version = s.first and s.last > s.first and s.first > 0;
        get diagnostics v_count = row_count;
        v_got := v_got + v_count;
        v_wanted := v_wanted + v_streams;
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

    if v_streams > 0 then
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

    return query select v_base, v_now, nullif(v_faults, '[]'::jsonb)::text;
end
$$;

-- The careful half of `append_units`: after its checks it knows that something is wrong, and the
-- rows it wrote may belong to units that fail. Says which fail and why, and puts those rows right.
create function sort_out_units(
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
            if v_good and (v_lost[v_stream] or v_version[v_stream] <> o_expected[v_next]) then
                v_good := false;
                bad[v_unit] := true;
                faults := faults || jsonb_build_object('unit', v_unit,
                    'kind', case when v_lost[v_stream] then 'moved' else 'conflict' end,
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

-- Removes a timer that the caller has the lease of.
create function finish_timer(p_kind text, p_key text, p_lease uuid) returns void
language plpgsql as $$
begin
    delete from timer where kind = p_kind and key = p_key and lease = p_lease;
    if not found then
        raise exception 'the timer is gone' using errcode = 'SK003';
    end if;
end
$$;
