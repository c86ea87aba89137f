-- Content that is bound to devices: editions of a product, and deliveries of them, each built for one device.

alter table product drop constraint product_kind_check;
alter table product add constraint product_kind_check check (kind in ('event', 'card_group', 'license', 'chart'));

-- Last moment at which it is honoured, whatever its product says.
alter table entitlement add column expires_at timestamptz;

-- Customers who log in have a password.
alter table customer add column password_hash text;

alter table device drop constraint device_kind_check;
alter table device add constraint device_kind_check check (kind in ('machine', 'phone', 'system'));
alter table device
  -- Keyed hash of what tells its machine from others; null while none is known.
  add column fingerprint_hash bytea,
  add column disabled_at timestamptz;
create unique index device_system on device (organization_id, customer_id, name) nulls not distinct where kind = 'system';
create unique index device_fingerprint on device (organization_id, customer_id, fingerprint_hash)
  where fingerprint_hash is not null;

-- What is about a device alone is about the product 0.
alter table action add column device_id bigint;
create index action_by_device on action (organization_id, device_id, id) where product_id = 0;

create table edition (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  name text not null,
  published_at timestamptz not null,
  added_at timestamptz not null,
  -- Names the folder in the file store.
  content_key text not null,
  content_files integer not null check (content_files > 0),
  content_bytes bigint not null check (content_bytes >= 0),
  content_sha256 text not null,
  primary key (organization_id, id),
  unique (organization_id, product_id, name),
  foreign key (organization_id, product_id) references product (organization_id, id)
);
create sequence edition_id_seq owned by edition.id;
create index edition_by_age on edition (organization_id, product_id, published_at, id);

create table delivery (
  organization_id bigint not null,
  id bigint not null,
  entitlement_id bigint not null,
  device_id bigint not null,
  edition_id bigint not null,
  requested_at timestamptz not null,
  -- The rest is known once it was built.
  file_name text,
  file_bytes bigint,
  file_sha1 text,
  file_sha256 text,
  ready_at timestamptz,
  expires_at timestamptz,
  -- Set once it is not offered any more.
  ended_at timestamptz,
  -- Set once its file was removed from the store.
  removed_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, entitlement_id) references entitlement (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id),
  foreign key (organization_id, edition_id) references edition (organization_id, id)
);
create sequence delivery_id_seq owned by delivery.id;
-- One build at a time, however often it is asked for.
create unique index delivery_live on delivery (organization_id, entitlement_id, device_id) where ended_at is null;
create index delivery_by_device on delivery (organization_id, device_id) where ended_at is null;
create index delivery_latest on delivery (organization_id, entitlement_id, device_id, id);
create index delivery_kept on delivery (organization_id, expires_at) where removed_at is null;
