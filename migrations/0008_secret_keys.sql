-- The keys that may have sealed something here. Who lacks one of them is refused before anything is written.
create table secret_key (
  -- What everything begins with that the key seals. It names the key and does not tell it.
  id bytea primary key check (length(id) = 4),
  -- In the order in which the keys came: the oldest one makes the user keys of deliveries.
  position integer not null unique,
  -- Set once nothing is sealed with it any more, or once it was given up as lost.
  retired_at timestamptz,
  -- Of a retired key the part that hashes, sealed with a younger one: fingerprints of devices cannot be hashed anew.
  lookup_sealed bytea
);

-- Written by GET /readyz, and rolled back: it never holds a row.
create table write_probe (
  filler text not null
);
