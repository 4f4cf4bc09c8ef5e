-- Events whose handling failed, and those of the same stream that came after, in their order.
CREATE TABLE parked_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    topic text NOT NULL,
    stream text NOT NULL,
    position bigint NOT NULL,
    slot bigint NOT NULL,
    slot_sequence bigint NOT NULL,
    headers text NOT NULL,
    payload text NOT NULL,
    reason text NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    parked_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, topic, slot, slot_sequence)
);
CREATE INDEX parked_event_by_stream ON parked_event (source, stream, id);

-- Who did what about them.
CREATE TABLE parked_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL,
    source text NOT NULL,
    stream text NOT NULL,
    events bigint NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    done_at timestamptz NOT NULL DEFAULT now()
);
