-- Numbers that a consumer has not got: all up to `until` in a slot that stands still. The source is
-- asked for them until they have come.
create table inbox_missing (
    source text not null,
    topic text not null,
    slot smallint not null,
    until bigint not null,
    since timestamptz not null default clock_timestamp(),
    -- Nobody asks before this.
    ask_at timestamptz not null default clock_timestamp(),
    primary key (source, topic, slot)
);
