-- Removes a parked event together with what its handling does. Another worker may have handled or
-- discarded it meanwhile; then nothing of the unit may stand.
create function finish_parked(p_id bigint) returns void
language plpgsql as $$
begin
    delete from parked_event where id = p_id;
    if not found then
        raise exception 'the parked event is gone' using errcode = 'SK004';
    end if;
end
$$;

-- Requires that a stream has parked events, and keeps the last of them until the commit: so what
-- is parked behind them is found by whoever handles them.
create function hold_parked(p_source text, p_stream text) returns void
language plpgsql as $$
begin
    perform 1 from parked_event where source = p_source and stream = p_stream
    order by id desc limit 1 for update;
    if not found then
        raise exception 'nothing is parked any more' using errcode = 'SK004';
    end if;
end
$$;
