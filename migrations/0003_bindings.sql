-- Licences: what is sold to a customer and held by devices. The same mechanism serves whatever has slots.

alter table product drop constraint product_kind_check;
alter table product add constraint product_kind_check check (kind in ('event', 'card_group', 'license'));
-- How many devices may hold one entitlement of it at once; none for what is not bound to devices.
alter table product add column slots integer not null default 0 check (slots between 0 and 100);
create index product_by_name on product (organization_id, kind, name, id);

-- How the customer is addressed; empty when nobody said. The column name is what the customer is known by.
alter table customer add column display_name text not null default '';

-- An entitlement held by a device. The two keys say it all: a slot has one device, a device has one slot.
create table binding (
  organization_id bigint not null,
  entitlement_id bigint not null,
  slot integer not null check (slot >= 0),
  device_id bigint not null,
  bound_at timestamptz not null,
  primary key (organization_id, entitlement_id, slot),
  unique (organization_id, entitlement_id, device_id),
  foreign key (organization_id, entitlement_id) references entitlement (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id)
);
create index binding_by_device on binding (organization_id, device_id);

create index entitlement_by_customer on entitlement (organization_id, customer_id, id) where customer_id is not null;
create index api_token_by_operator on api_token (organization_id, operator_id);
