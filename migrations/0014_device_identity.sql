-- By what a device is told from the others of its kind and customer. Which names are the same depends on the kind, and
-- only the protocol that names devices of a kind knows that: it says so with every name. Null for a phone, whose name
-- several may share.
alter table device add column identity text;

update device set identity = case when kind = 'system' and name !~ '^sgl[0-9A-F]{8}$' then lower(name) else name end
where kind <> 'phone';

drop index device_machine;
drop index device_system;
create unique index device_identity on device (organization_id, customer_id, kind, identity) nulls not distinct
  where identity is not null;

-- What a device is is a word that each dialect chooses: only its form is checked.
alter table device drop constraint device_kind_check;
alter table device add constraint device_kind_check check (kind ~ '^[a-z][a-z0-9_]{0,31}$');
