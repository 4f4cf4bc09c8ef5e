-- What the tables of the projections check by. A constraint cannot hold a query, a function can.
create function sums_to_zero(amounts bigint[]) returns boolean
language sql immutable strict parallel safe
as $$ select coalesce(sum(amount), 0) = 0 from unnest(amounts) as leg (amount) $$;
