-- The result of all migrations, written by "npm run schema": never changed by hand. Here a migration shows its effect;
-- the reasons stand in migrations/.

create sequence access_key_id_seq;
create sequence api_token_id_seq;
create sequence conflict_id_seq;
create sequence customer_id_seq;
create sequence entitlement_id_seq;
create sequence operator_id_seq;
create sequence organization_id_seq;
create sequence product_id_seq;

create table access_key (
  organization_id bigint not null,
  id bigint not null,
  key_hash bytea not null,
  key_sealed bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint access_key_organization_id_key_hash_key UNIQUE (organization_id, key_hash),
  constraint access_key_pkey PRIMARY KEY (organization_id, id)
);

create table action (
  organization_id bigint not null,
  id bigint not null,
  kind text not null,
  product_id bigint not null,
  entitlement_id bigint,
  code text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  refusal text,
  access_key_id bigint,
  operator_id bigint,
  address text,
  constraint action_pkey PRIMARY KEY (organization_id, id)
);

create table action_counter (
  organization_id bigint not null,
  next_id bigint default 0 not null,
  constraint action_counter_pkey PRIMARY KEY (organization_id)
) with (fillfactor=10);

create table api_token (
  organization_id bigint not null,
  id bigint not null,
  operator_id bigint not null,
  token_hash bytea not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_token_organization_id_token_hash_key UNIQUE (organization_id, token_hash),
  constraint api_token_pkey PRIMARY KEY (organization_id, id)
);

create table conflict (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  entitlement_id bigint not null,
  kept_at timestamp with time zone not null,
  kept_by_access_key_id bigint,
  kept_by_operator_id bigint,
  kept_from text,
  lost_at timestamp with time zone not null,
  lost_by_access_key_id bigint,
  lost_by_operator_id bigint,
  lost_from text,
  recorded_at timestamp with time zone not null,
  constraint conflict_pkey PRIMARY KEY (organization_id, id)
);

create table customer (
  organization_id bigint not null,
  id bigint not null,
  name text not null,
  identity text not null,
  created_at timestamp with time zone default now() not null,
  constraint customer_organization_id_identity_key UNIQUE (organization_id, identity),
  constraint customer_pkey PRIMARY KEY (organization_id, id)
);

create table entitlement (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  code text not null,
  code_number numeric generated always as (CASE WHEN (code ~ '^[0-9]{1,19}$'::text) THEN (code)::numeric ELSE ('-1'::integer)::numeric END) stored not null,
  customer_id bigint,
  issued_at timestamp with time zone not null,
  redeemed_at timestamp with time zone,
  redeemed_by_access_key_id bigint,
  redeemed_by_operator_id bigint,
  redeemed_from text,
  revoked_at timestamp with time zone,
  constraint entitlement_organization_id_code_key UNIQUE (organization_id, code),
  constraint entitlement_pkey PRIMARY KEY (organization_id, id)
) with (fillfactor=80);

create table kept_answer (
  organization_id bigint not null,
  principal text not null,
  key text not null,
  content_hash bytea not null,
  answer_sealed bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint kept_answer_pkey PRIMARY KEY (organization_id, principal, key)
);

create table operator (
  organization_id bigint not null,
  id bigint not null,
  login text not null,
  password_hash text not null,
  role text not null,
  created_at timestamp with time zone default now() not null,
  disabled_at timestamp with time zone,
  constraint operator_organization_id_login_key UNIQUE (organization_id, login),
  constraint operator_pkey PRIMARY KEY (organization_id, id),
  constraint operator_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'administrator'::text, 'accountant'::text, 'reseller'::text])))
);

create table organization (
  id bigint not null,
  name text not null,
  hosts text[] default '{}'::text[] not null,
  created_at timestamp with time zone default now() not null,
  constraint organization_pkey PRIMARY KEY (id)
);

create table product (
  organization_id bigint not null,
  id bigint not null,
  kind text not null,
  name text not null,
  description text default ''::text not null,
  starts_at timestamp with time zone,
  ends_at timestamp with time zone,
  capacity bigint,
  issued bigint default 0 not null,
  ever_issued boolean default false not null,
  created_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint product_capacity_check CHECK ((capacity >= 0)),
  constraint product_check CHECK ((ends_at >= starts_at)),
  constraint product_issued_check CHECK ((issued >= 0)),
  constraint product_kind_check CHECK ((kind = 'event'::text)),
  constraint product_pkey PRIMARY KEY (organization_id, id)
) with (fillfactor=70);

create table product_access_key (
  organization_id bigint not null,
  product_id bigint not null,
  access_key_id bigint not null,
  "position" integer not null,
  constraint product_access_key_pkey PRIMARY KEY (organization_id, product_id, access_key_id)
);

create table schema_migration (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migration_pkey PRIMARY KEY (version)
);

create table setting (
  organization_id bigint not null,
  name text not null,
  value jsonb not null,
  constraint setting_pkey PRIMARY KEY (organization_id, name)
);

alter sequence access_key_id_seq owned by access_key.id;
alter sequence api_token_id_seq owned by api_token.id;
alter sequence conflict_id_seq owned by conflict.id;
alter sequence customer_id_seq owned by customer.id;
alter sequence entitlement_id_seq owned by entitlement.id;
alter sequence operator_id_seq owned by operator.id;
alter sequence organization_id_seq owned by organization.id;
alter sequence product_id_seq owned by product.id;

alter table access_key add constraint access_key_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table action_counter add constraint action_counter_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table api_token add constraint api_token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table api_token add constraint api_token_organization_id_operator_id_fkey FOREIGN KEY (organization_id, operator_id) REFERENCES operator(organization_id, id) ON DELETE CASCADE;
alter table conflict add constraint conflict_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES entitlement(organization_id, id);
alter table customer add constraint customer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table entitlement add constraint entitlement_organization_id_customer_id_fkey FOREIGN KEY (organization_id, customer_id) REFERENCES customer(organization_id, id);
alter table entitlement add constraint entitlement_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES product(organization_id, id);
alter table kept_answer add constraint kept_answer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table operator add constraint operator_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table product add constraint product_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table product_access_key add constraint product_access_key_organization_id_access_key_id_fkey FOREIGN KEY (organization_id, access_key_id) REFERENCES access_key(organization_id, id);
alter table product_access_key add constraint product_access_key_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES product(organization_id, id) ON DELETE CASCADE;
alter table setting add constraint setting_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;

CREATE INDEX action_by_entitlement ON public.action USING btree (organization_id, entitlement_id, id) WHERE (entitlement_id IS NOT NULL);
CREATE INDEX action_by_product ON public.action USING btree (organization_id, product_id, id);
CREATE INDEX conflict_by_product ON public.conflict USING btree (organization_id, product_id, id);
CREATE INDEX entitlement_in_order ON public.entitlement USING btree (organization_id, product_id, code_number, code);
CREATE INDEX kept_answer_by_age ON public.kept_answer USING btree (organization_id, created_at);
CREATE INDEX product_access_key_by_key ON public.product_access_key USING btree (organization_id, access_key_id, product_id);
