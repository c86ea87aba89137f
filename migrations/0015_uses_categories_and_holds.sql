-- How often an entitlement is honoured, and what its product is made of. All of it has a default that is the rule of
-- before, so no row is written anew.
alter table product
  add column uses_max integer default 1 check (uses_max >= 1),
  add column uses_per text not null default 'entitlement' check (uses_per in ('entitlement', 'day')),
  add column reentry text not null default 'none' check (reentry in ('none', 'after_exit')),
  add column categories jsonb not null default '[]',
  add column time_zone text not null default 'UTC',
  add column attention text,
  add column metadata jsonb;

-- The columns of usage are null as long as an entitlement has no rows of uses.
alter table entitlement
  add column category text,
  add column starts_at timestamptz,
  add column uses_max integer check (uses_max >= 1),
  add column uses_recorded integer,
  add column uses_spent bigint,
  add column uses_spent_on_day bigint,
  add column last_entry_at timestamptz,
  add column last_use_at timestamptz,
  add column inside boolean,
  add column redeemed_at_gate_id bigint,
  add column suspended_at timestamptz,
  add column hold_id bigint,
  add column held_until timestamptz,
  add column reference text,
  add column attention text,
  add column metadata jsonb;

-- Counts the people inside, by product and category.
create index entitlement_inside on entitlement (organization_id, product_id, category) where inside;
create index entitlement_by_reference on entitlement (organization_id, reference, id) where reference is not null;
create index entitlement_suspended_in_stock on entitlement (organization_id, product_id)
  where in_stock and suspended_at is not null;
create index entitlement_by_hold on entitlement (organization_id, hold_id, code collate "C") where hold_id is not null;

alter table sale add column reference text;
create index sale_by_reference on sale (organization_id, reference, id) where reference is not null;

alter table customer add column metadata jsonb;
alter table device add column metadata jsonb;

-- The one use of an entitlement that is honoured once lies in its own row. The use of any other is a row here.
-- A use that does not count although somebody may have been let in is a conflict, and has a number among those.
create table entitlement_use (
  organization_id bigint not null,
  entitlement_id bigint not null,
  number integer not null,
  product_id bigint not null,
  at timestamptz not null,
  reported_at timestamptz,
  recorded_at timestamptz not null,
  direction text not null check (direction in ('entry', 'exit')),
  count integer not null check (count >= 1),
  access_key_id bigint,
  operator_id bigint,
  gate_id bigint,
  address text,
  refusal text,
  answer text,
  conflict_id bigint,
  undone_at timestamptz,
  primary key (organization_id, entitlement_id, number)
);
create index entitlement_use_in_conflict on entitlement_use (organization_id, product_id, conflict_id)
  where conflict_id is not null;

alter table conflict
  add column kept_at_gate_id bigint,
  add column lost_at_gate_id bigint;

-- The code that an entitlement had before. It is refused for ever.
create table replaced_code (
  organization_id bigint not null,
  code text not null,
  product_id bigint not null,
  entitlement_id bigint not null,
  replaced_at timestamptz not null,
  primary key (organization_id, code),
  foreign key (organization_id, entitlement_id) references entitlement (organization_id, id)
);
create index replaced_code_by_entitlement on replaced_code (organization_id, entitlement_id);

create table hold (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  product_id bigint not null,
  category text,
  quantity integer not null check (quantity >= 1),
  reference text not null,
  held_at timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz,
  is_confirmed boolean not null default false,
  primary key (organization_id, id),
  foreign key (organization_id, product_id) references product (organization_id, id) on delete cascade
);
create sequence hold_id_seq owned by hold.id;
create index hold_live on hold (organization_id, product_id, id) where ended_at is null;
create index hold_by_end on hold (ends_at);
create index hold_by_reference on hold (organization_id, reference, id);

-- A gate is never removed: uses and log entries name it.
create table gate (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  name text not null,
  rights jsonb not null,
  created_at timestamptz not null,
  retired_at timestamptz,
  primary key (organization_id, id)
);
create sequence gate_id_seq owned by gate.id;
create unique index gate_by_name on gate (organization_id, name) where retired_at is null;

-- Without categories a gate admits to all of the product.
create table gate_product (
  organization_id bigint not null,
  gate_id bigint not null,
  product_id bigint not null,
  categories jsonb,
  primary key (organization_id, gate_id, product_id),
  foreign key (organization_id, gate_id) references gate (organization_id, id) on delete cascade,
  foreign key (organization_id, product_id) references product (organization_id, id) on delete cascade
);
create index gate_product_by_product on gate_product (organization_id, product_id);

-- An access key stands at one gate at most.
create table gate_access_key (
  organization_id bigint not null,
  access_key_id bigint not null,
  gate_id bigint not null,
  position integer not null,
  primary key (organization_id, access_key_id),
  foreign key (organization_id, gate_id) references gate (organization_id, id) on delete cascade,
  foreign key (organization_id, access_key_id) references access_key (organization_id, id)
);
create index gate_access_key_by_gate on gate_access_key (organization_id, gate_id);

-- Without categories a key opens all of the product.
alter table product_access_key add column categories jsonb;

alter table action add column gate_id bigint;

alter table operator
  drop constraint operator_role_check,
  add constraint operator_role_check
    check (role in ('owner', 'administrator', 'accountant', 'reseller', 'auditor', 'steward'));

-- A product that is closed for sale is sold no more and honoured on. `closed_renewable` tells whether what was sold of
-- it can be renewed.
alter table product
  add column closed_at timestamptz,
  add column closed_renewable boolean,
  add constraint product_closed check ((closed_at is null) = (closed_renewable is null));

-- How many devices may hold one entitlement at once; null for as many as its product says.
alter table entitlement add column slots integer check (slots between 1 and 100);

-- A scheduled edition is given from its moment on, a withdrawn one to nobody.
alter table edition
  add column available_at timestamptz,
  add column withdrawn_at timestamptz;
