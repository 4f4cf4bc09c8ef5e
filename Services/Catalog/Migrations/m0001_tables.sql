-- Search compares words by their groups of three letters. Read models are made by the projections.
-- Where the service's role may not create extensions, an administrator does it beforehand.
create extension if not exists pg_trgm with schema public;
