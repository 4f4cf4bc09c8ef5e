-- The key of each person, sealed under the master key. A row that is gone is a person erased.
create table subject_keys (
    subject uuid primary key,
    box bytea not null
);

-- The private keys that sign access tokens, sealed under the master key. The newest whose time has
-- come signs; those with a later time are published beforehand.
create table signing_keys (
    key_id text primary key,
    box bytea not null,
    signs_from timestamptz not null unique
);

-- How far ahead of the clock each account and each address is with its attempts (GCRA).
create table credential_throttle (
    bucket bytea primary key,
    arrival timestamptz not null
);

create index credential_throttle_arrival on credential_throttle (arrival);
