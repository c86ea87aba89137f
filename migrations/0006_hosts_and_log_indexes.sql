-- Reads that cost the same however many organizations, refused requests and old answers there are.

-- An organization is looked up by the name of the host that a request addresses.
create table organization_host (
  -- In lower case, without a port and without a dot at its end.
  host text primary key check (host = lower(host)),
  organization_id bigint not null references organization (id) on delete cascade
);
create index organization_host_by_organization on organization_host (organization_id, host);
-- Where several organizations named a host, the first of them had it.
insert into organization_host (host, organization_id)
  select distinct on (lower(named.host)) lower(named.host), o.id
  from organization o, unnest(o.hosts) as named (host)
  where named.host is not null
  order by lower(named.host), o.id;
alter table organization drop column hosts;

-- The log of an organization in its order, and that of each product without the refused lines: a broken scanner adds a
-- million of those in hours, and they must not stand between a gate and its answer.
alter table action drop constraint action_pkey;
alter table action add constraint action_pkey primary key (organization_id, id);
create index action_done on action (organization_id, product_id, id) where refusal is null;
-- Those about a product itself are few among those about what was issued of it.
create index action_about_product on action (organization_id, product_id, id)
  where refusal is null and kind like 'product\_%';
drop index action_by_entitlement;
create index action_by_entitlement on action (organization_id, entitlement_id, id)
  where entitlement_id is not null and refusal is null;
drop index action_by_device;
create index action_by_device on action (organization_id, device_id, id) where product_id = 0 and refusal is null;
-- The refused lines have indexes of their own, which nothing else pays for.
create index action_refused on action (organization_id, id) where refusal is not null;
create index action_refused_by_product on action (organization_id, product_id, id) where refusal is not null;

-- What has had its time is found by its age alone, of all organizations at once.
drop index kept_answer_by_age;
create index kept_answer_by_age on kept_answer (created_at);
create index api_token_by_end on api_token (least(expires_at, revoked_at))
  where expires_at is not null or revoked_at is not null;
