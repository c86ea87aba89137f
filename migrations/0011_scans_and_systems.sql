-- Scans that were made offline and refused, and systems whose names differ in more than the case of their letters.

-- What a scanner reported; null for a scan that was made online.
alter table entitlement add column redeemed_reported_at timestamptz;
alter table conflict
  -- Null when no redemption of the entitlement counts.
  alter column kept_at drop not null,
  add column kept_reported_at timestamptz,
  add column lost_reported_at timestamptz,
  add column refusal text not null default 'already_redeemed',
  -- Whether the lost one was accepted, until the kept one was reported.
  add column displaced boolean not null default false;
create index conflict_by_entitlement on conflict (organization_id, entitlement_id);

-- The name of a dongle is its serial, as it is.
drop index device_system;
create unique index device_system on device
  (organization_id, customer_id, (case when name ~ '^sgl[0-9A-F]{8}$' then name else lower(name) end)) nulls not distinct
  where kind = 'system';

-- A system that was released had its deliveries ended only when the next machine took its name.
update delivery v set ended_at = now()
  from device d
  where d.organization_id = v.organization_id and d.id = v.device_id and v.ended_at is null
    and d.kind = 'system' and d.fingerprint_hash is null;
