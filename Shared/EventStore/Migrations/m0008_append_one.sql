-- Commits one unit of work that adds one event to one stream, with the outcome of its command or
-- without: the commonest one, in a third of the time that `append_units` takes for it.
--
-- Returns the position before the event, or null when anything stands in the way: then nothing was
-- done, and `append_units` says what it is.
create function append_one(
    p_stream text, p_expected bigint, p_type text, p_form integer, p_id uuid, p_command uuid,
    p_payload text, p_metadata text,
    k_scope text, k_key text, k_print bytea, k_outcome text, k_token uuid,
    k_seconds double precision
) returns bigint
language plpgsql as $$
declare
    v_base bigint;
    v_until bigint;
    v_rows bigint;
begin
    -- The same order of locks as that of `append_units`: stream, outcome, head.
    if p_expected = 0 then
        insert into stream (id, category, version)
        values (p_stream, split_part(p_stream, '-', 1), 1)
        on conflict do nothing;
    else
        update stream set version = p_expected + 1
        where id = p_stream and version = p_expected;
    end if;
    if not found then
        return null;
    end if;

    if k_key is not null then
        insert into command_outcome (
            scope, key, fingerprint, outcome, stream, version, token, expires_at)
        values (k_scope, k_key, k_print, k_outcome, p_stream, p_expected + 1, k_token,
            clock_timestamp() + make_interval(secs => k_seconds))
        on conflict do nothing;
        if not found then
            if p_expected = 0 then
                delete from stream where id = p_stream;
            else
                update stream set version = p_expected where id = p_stream;
            end if;
            return null;
        end if;
    end if;

    -- From here on the log is ours until the commit.
    update log_head set position = position + 1 where only_row
    returning position - 1, partition_until, partition_rows into v_base, v_until, v_rows;
    while v_base + 1 + v_rows / 2 >= v_until loop
        perform add_event_partition();
        v_until := v_until + v_rows;
    end loop;
    insert into event (
        position, stream, version, type, form, id, command_id, recorded_at, payload, metadata)
    values (v_base + 1, p_stream, p_expected + 1, p_type, p_form, p_id, p_command,
        clock_timestamp(), p_payload, p_metadata);
    return v_base;
end
$$;
