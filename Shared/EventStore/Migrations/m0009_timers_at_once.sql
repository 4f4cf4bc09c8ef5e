-- A timer of '-infinity' is due at once, by the clock that timers are looked at with: whoever sets it
-- may have a clock that is ahead, and would have to wait until then.
create function due_at_once() returns trigger
language plpgsql as $$
begin
    new.due := clock_timestamp();
    new.ready_at := new.due;
    return new;
end
$$;

create trigger due_at_once before insert on timer
for each row when (new.due = '-infinity') execute function due_at_once();
