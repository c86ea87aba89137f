-- Selling from stock: entitlements that exist before they are sold, with a secret and a balance; sales with a payment
-- for each; devices of customers; operators who own customers and products.

alter table product drop constraint product_kind_check;
alter table product add constraint product_kind_check check (kind in ('event', 'card_group'));
alter table product
  -- Whose it is: a reseller's, or with null the house's, which owner, administrators and accountants share.
  add column owner_operator_id bigint,
  -- Price of one, tax included, in minor units of the currency.
  add column price_minor bigint check (price_minor >= 0),
  add column currency text check (currency ~ '^[A-Z]{3}$'),
  -- Tax in millionths of the price without it.
  add column tax_ppm integer check (tax_ppm >= 0),
  add column number_digits integer check (number_digits between 1 and 19),
  add column secret_digits integer check (secret_digits between 0 and 30),
  add column image_url text,
  -- Entitlements that were made and not sold yet.
  add column in_stock bigint not null default 0 check (in_stock >= 0),
  add foreign key (organization_id, owner_operator_id) references operator (organization_id, id);

alter table entitlement
  add column in_stock boolean not null default false,
  -- The pin, sealed, and its keyed hash, by which it is unique.
  add column secret_sealed bytea,
  add column secret_hash bytea,
  add column balance_minor bigint,
  add column balance_currency text check (balance_currency ~ '^[A-Z]{3}$'),
  add column batch text,
  -- What a protocol keeps of a card and the rules never look at.
  add column details jsonb;
-- What is in stock is in the one, all else in the other, so that making a card fills one index less. The numbers of a
-- product's stock have one length, so that the order of their texts is that of the numbers. The order has a name of its
-- own, or the planner would take the index of all codes for it and walk over everything that was sold.
create index entitlement_in_order on entitlement (organization_id, product_id, code_number, code) where not in_stock;
create index entitlement_stock on entitlement (organization_id, product_id, code collate "C") where in_stock;
create unique index entitlement_secret on entitlement (organization_id, secret_hash) where secret_hash is not null;

-- How many pins of each length are in use: at most a fifth may be, so that they cannot be guessed.
create table secret_space (
  organization_id bigint not null references organization (id) on delete cascade,
  digits integer not null,
  used bigint not null default 0 check (used >= 0),
  primary key (organization_id, digits)
) with (fillfactor = 50);

create table currency (
  organization_id bigint not null references organization (id) on delete cascade,
  code text not null check (code ~ '^[A-Z]{3}$'),
  -- How many of it make one of the default currency.
  rate numeric(20, 9) not null check (rate > 0),
  is_default boolean not null default false,
  primary key (organization_id, code)
);
create unique index currency_default on currency (organization_id) where is_default;
insert into currency (organization_id, code, rate, is_default) select id, 'EUR', 1, true from organization;

alter table customer
  add column owner_operator_id bigint,
  add column primary_device_id bigint,
  add foreign key (organization_id, owner_operator_id) references operator (organization_id, id);

-- Sales and payments have no foreign keys: see docs/decisions/0007-foreign-keys-beside-the-engine.md.
create table sale (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  -- Where the bought codes are mailed to.
  email text,
  channel text not null,
  operator_id bigint,
  sold_at timestamptz not null,
  mailed_at timestamptz,
  -- Why the last attempt to mail failed; never an address or a secret.
  mail_failure text,
  primary key (organization_id, id)
);
create sequence sale_id_seq owned by sale.id;

create table payment (
  organization_id bigint not null,
  id bigint not null,
  -- Absent for a payment that came later, such as a top-up.
  sale_id bigint,
  entitlement_id bigint not null,
  -- With tax, in minor units of the currency in which it was paid.
  amount_minor bigint not null,
  tax_minor bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- How many of that currency made one of the product's, when it was paid.
  rate numeric(20, 9) not null,
  description text not null default '',
  paid_at timestamptz not null,
  primary key (organization_id, id)
);
create sequence payment_id_seq owned by payment.id;
create index payment_by_sale on payment (organization_id, sale_id) where sale_id is not null;

create table device_group (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  customer_id bigint not null,
  name text not null,
  is_primary boolean not null default false,
  primary key (organization_id, id),
  foreign key (organization_id, customer_id) references customer (organization_id, id)
);
create sequence device_group_id_seq owned by device_group.id;
create unique index device_group_primary on device_group (organization_id, customer_id) where is_primary;

-- Whatever a customer has that can hold something. Machines are found by their name, phones by their number alone.
create table device (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  -- Null for a device that holds only what nobody in particular was sold.
  customer_id bigint,
  kind text not null check (kind in ('machine', 'phone')),
  -- In canonical form: see core/device.ts. Of a phone its user name, which several may share or lack.
  name text not null,
  registered_at timestamptz not null,
  primary key (organization_id, id),
  foreign key (organization_id, customer_id) references customer (organization_id, id)
);
create sequence device_id_seq owned by device.id;
create index device_by_customer on device (organization_id, customer_id, id);
create unique index device_machine on device (organization_id, customer_id, name) nulls not distinct where kind = 'machine';

-- How a phone connects and is shown.
create table phone_account (
  organization_id bigint not null,
  device_id bigint not null,
  -- SIP, IAX2, FAX, Virtual.
  type text not null,
  device_group_id bigint,
  secret_sealed bytea,
  host text not null default '',
  port integer check (port between 0 and 65535),
  caller_id text not null default '',
  description text not null default '',
  -- Blocked and not shown any more.
  is_hidden boolean not null default false,
  primary key (organization_id, device_id),
  foreign key (organization_id, device_id) references device (organization_id, id) on delete cascade,
  foreign key (organization_id, device_group_id) references device_group (organization_id, id)
);

-- Settings that an operator has for itself; a secret one is sealed.
create table operator_setting (
  organization_id bigint not null,
  operator_id bigint not null,
  name text not null,
  value jsonb not null,
  primary key (organization_id, operator_id, name),
  foreign key (organization_id, operator_id) references operator (organization_id, id) on delete cascade
);
