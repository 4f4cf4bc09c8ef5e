-- How far the log is published. One row; the fence counts the publishers there have been.
CREATE TABLE publisher (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL,
    fence bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The last number given out in each slot of each topic.
CREATE TABLE publisher_slot (
    topic text NOT NULL,
    slot bigint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (topic, slot)
);

-- The offset after the last acknowledged record of each partition: a topic that ends earlier was lost.
CREATE TABLE publisher_end (
    topic text NOT NULL,
    partition bigint NOT NULL,
    end_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
