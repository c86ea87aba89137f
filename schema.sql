-- The result of all migrations, written by "npm run schema": never changed by hand. Here a migration shows its effect;
-- the reasons stand in migrations/.

create sequence access_key_id_seq;
create sequence action_id_seq minvalue 0 start with 0;
create sequence api_token_id_seq;
create sequence conflict_id_seq;
create sequence customer_id_seq;
create sequence delivery_id_seq;
create sequence device_group_id_seq;
create sequence device_id_seq;
create sequence edition_id_seq;
create sequence edition_request_id_seq;
create sequence entitlement_id_seq;
create sequence gate_id_seq;
create sequence hold_id_seq;
create sequence operator_id_seq;
create sequence organization_id_seq;
create sequence package_id_seq;
create sequence payment_id_seq;
create sequence product_id_seq;
create sequence sale_id_seq;

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
  device_id bigint,
  customer_id bigint,
  principal_kind text,
  detail jsonb,
  gate_id bigint,
  channel text,
  constraint action_pkey PRIMARY KEY (organization_id, id)
);

create table api_token (
  organization_id bigint not null,
  id bigint not null,
  operator_id bigint not null,
  token_hash bytea not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  name text default ''::text not null,
  limits jsonb,
  last_used_at timestamp with time zone,
  constraint api_token_organization_id_token_hash_key UNIQUE (organization_id, token_hash),
  constraint api_token_pkey PRIMARY KEY (organization_id, id)
);

create table binding (
  organization_id bigint not null,
  entitlement_id bigint not null,
  slot integer not null,
  device_id bigint not null,
  bound_at timestamp with time zone not null,
  constraint binding_organization_id_entitlement_id_device_id_key UNIQUE (organization_id, entitlement_id, device_id),
  constraint binding_pkey PRIMARY KEY (organization_id, entitlement_id, slot),
  constraint binding_slot_check CHECK ((slot >= 0))
);

create table conflict (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  entitlement_id bigint not null,
  kept_at timestamp with time zone,
  kept_by_access_key_id bigint,
  kept_by_operator_id bigint,
  kept_from text,
  lost_at timestamp with time zone not null,
  lost_by_access_key_id bigint,
  lost_by_operator_id bigint,
  lost_from text,
  recorded_at timestamp with time zone not null,
  kept_reported_at timestamp with time zone,
  lost_reported_at timestamp with time zone,
  refusal text default 'already_redeemed'::text not null,
  displaced boolean default false not null,
  kept_at_gate_id bigint,
  lost_at_gate_id bigint,
  constraint conflict_pkey PRIMARY KEY (organization_id, id)
);

create table currency (
  organization_id bigint not null,
  code text not null,
  rate numeric(20,9) not null,
  is_default boolean default false not null,
  constraint currency_code_check CHECK ((code ~ '^[A-Z]{3}$'::text)),
  constraint currency_pkey PRIMARY KEY (organization_id, code),
  constraint currency_rate_check CHECK ((rate > (0)::numeric))
);

create table customer (
  organization_id bigint not null,
  id bigint not null,
  name text not null,
  identity text not null,
  created_at timestamp with time zone default now() not null,
  owner_operator_id bigint,
  primary_device_id bigint,
  display_name text default ''::text not null,
  password_hash text,
  metadata jsonb,
  constraint customer_organization_id_identity_key UNIQUE (organization_id, identity),
  constraint customer_pkey PRIMARY KEY (organization_id, id)
);

create table delivery (
  organization_id bigint not null,
  id bigint not null,
  entitlement_id bigint not null,
  device_id bigint not null,
  edition_id bigint not null,
  requested_at timestamp with time zone not null,
  file_name text,
  file_bytes bigint,
  file_sha1 text,
  file_sha256 text,
  ready_at timestamp with time zone,
  expires_at timestamp with time zone,
  ended_at timestamp with time zone,
  removed_at timestamp with time zone,
  constraint delivery_pkey PRIMARY KEY (organization_id, id)
);

create table device (
  organization_id bigint not null,
  id bigint not null,
  customer_id bigint,
  kind text not null,
  name text not null,
  registered_at timestamp with time zone not null,
  fingerprint_hash bytea,
  disabled_at timestamp with time zone,
  identity text,
  metadata jsonb,
  constraint device_kind_check CHECK ((kind ~ '^[a-z][a-z0-9_]{0,31}$'::text)),
  constraint device_pkey PRIMARY KEY (organization_id, id)
);

create table device_group (
  organization_id bigint not null,
  id bigint not null,
  customer_id bigint not null,
  name text not null,
  is_primary boolean default false not null,
  constraint device_group_pkey PRIMARY KEY (organization_id, id)
);

create table edition (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  name text not null,
  published_at timestamp with time zone not null,
  added_at timestamp with time zone not null,
  content_key text not null,
  content_files integer not null,
  content_bytes bigint not null,
  content_sha256 text not null,
  available_at timestamp with time zone,
  withdrawn_at timestamp with time zone,
  constraint edition_content_bytes_check CHECK ((content_bytes >= 0)),
  constraint edition_content_files_check CHECK ((content_files > 0)),
  constraint edition_organization_id_product_id_name_key UNIQUE (organization_id, product_id, name),
  constraint edition_pkey PRIMARY KEY (organization_id, id)
);

create table edition_request (
  organization_id bigint not null,
  id bigint not null,
  entitlement_id bigint not null,
  device_id bigint not null,
  edition_id bigint not null,
  requested_at timestamp with time zone not null,
  constraint edition_request_organization_id_entitlement_id_device_id_key UNIQUE (organization_id, entitlement_id, device_id),
  constraint edition_request_pkey PRIMARY KEY (organization_id, id)
);

create table entitlement (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  code text not null,
  code_number numeric generated always as (CASE WHEN ((length(code) >= 1) AND (length(code) <= 19) AND (ltrim(code, '0123456789'::text) = ''::text)) THEN (code)::numeric ELSE ('-1'::integer)::numeric END) stored not null,
  customer_id bigint,
  issued_at timestamp with time zone not null,
  redeemed_at timestamp with time zone,
  redeemed_by_access_key_id bigint,
  redeemed_by_operator_id bigint,
  redeemed_from text,
  revoked_at timestamp with time zone,
  in_stock boolean default false not null,
  secret_sealed bytea,
  secret_hash bytea,
  balance_minor bigint,
  balance_currency text,
  batch text,
  details jsonb,
  expires_at timestamp with time zone,
  redeemed_reported_at timestamp with time zone,
  category text,
  starts_at timestamp with time zone,
  uses_max integer,
  uses_recorded integer,
  uses_spent bigint,
  uses_spent_on_day bigint,
  last_entry_at timestamp with time zone,
  last_use_at timestamp with time zone,
  inside boolean,
  redeemed_at_gate_id bigint,
  suspended_at timestamp with time zone,
  hold_id bigint,
  held_until timestamp with time zone,
  reference text,
  attention text,
  metadata jsonb,
  slots integer,
  constraint entitlement_balance_currency_check CHECK ((balance_currency ~ '^[A-Z]{3}$'::text)),
  constraint entitlement_organization_id_code_key UNIQUE (organization_id, code),
  constraint entitlement_pkey PRIMARY KEY (organization_id, id),
  constraint entitlement_slots_check CHECK (((slots >= 1) AND (slots <= 100))),
  constraint entitlement_uses_max_check CHECK ((uses_max >= 1))
) with (fillfactor=80);

create table entitlement_use (
  organization_id bigint not null,
  entitlement_id bigint not null,
  number integer not null,
  product_id bigint not null,
  at timestamp with time zone not null,
  reported_at timestamp with time zone,
  recorded_at timestamp with time zone not null,
  direction text not null,
  count integer not null,
  access_key_id bigint,
  operator_id bigint,
  gate_id bigint,
  address text,
  refusal text,
  answer text,
  conflict_id bigint,
  undone_at timestamp with time zone,
  constraint entitlement_use_count_check CHECK ((count >= 1)),
  constraint entitlement_use_direction_check CHECK ((direction = ANY (ARRAY['entry'::text, 'exit'::text]))),
  constraint entitlement_use_pkey PRIMARY KEY (organization_id, entitlement_id, number)
);

create table file_store (
  only_one boolean default true not null,
  store_id text not null,
  constraint file_store_only_one_check CHECK (only_one),
  constraint file_store_pkey PRIMARY KEY (only_one)
);

create table gate (
  organization_id bigint not null,
  id bigint not null,
  name text not null,
  rights jsonb not null,
  created_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint gate_pkey PRIMARY KEY (organization_id, id)
);

create table gate_access_key (
  organization_id bigint not null,
  access_key_id bigint not null,
  gate_id bigint not null,
  "position" integer not null,
  constraint gate_access_key_pkey PRIMARY KEY (organization_id, access_key_id)
);

create table gate_product (
  organization_id bigint not null,
  gate_id bigint not null,
  product_id bigint not null,
  categories jsonb,
  constraint gate_product_pkey PRIMARY KEY (organization_id, gate_id, product_id)
);

create table hold (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  category text,
  quantity integer not null,
  reference text not null,
  held_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  is_confirmed boolean default false not null,
  constraint hold_pkey PRIMARY KEY (organization_id, id),
  constraint hold_quantity_check CHECK ((quantity >= 1))
);

create table kept_answer (
  organization_id bigint not null,
  principal text not null,
  key text not null,
  content_hash bytea not null,
  answer_sealed bytea not null,
  created_at timestamp with time zone default now() not null,
  version integer not null,
  constraint kept_answer_pkey PRIMARY KEY (organization_id, principal, key, version)
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
  constraint operator_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'administrator'::text, 'accountant'::text, 'reseller'::text, 'auditor'::text, 'steward'::text])))
);

create table operator_setting (
  organization_id bigint not null,
  operator_id bigint not null,
  name text not null,
  value jsonb not null,
  constraint operator_setting_pkey PRIMARY KEY (organization_id, operator_id, name)
);

create table organization (
  id bigint not null,
  name text not null,
  created_at timestamp with time zone default now() not null,
  constraint organization_pkey PRIMARY KEY (id)
);

create table organization_host (
  host text not null,
  organization_id bigint not null,
  constraint organization_host_host_check CHECK ((host = lower(host))),
  constraint organization_host_pkey PRIMARY KEY (host)
);

create table package (
  organization_id bigint not null,
  id bigint not null,
  edition_id bigint not null,
  from_edition_id bigint,
  file_name text not null,
  file_bytes bigint not null,
  file_sha256 text not null,
  ready_at timestamp with time zone not null,
  constraint package_file_bytes_check CHECK ((file_bytes > 0)),
  constraint package_organization_id_edition_id_from_edition_id_key UNIQUE NULLS NOT DISTINCT (organization_id, edition_id, from_edition_id),
  constraint package_pkey PRIMARY KEY (organization_id, id)
);

create table payment (
  organization_id bigint not null,
  id bigint not null,
  sale_id bigint,
  entitlement_id bigint not null,
  amount_minor bigint not null,
  tax_minor bigint not null,
  currency text not null,
  rate numeric(20,9) not null,
  description text default ''::text not null,
  paid_at timestamp with time zone not null,
  product_id bigint not null,
  reseller_id bigint,
  channel text not null,
  commission_minor bigint default 0 not null,
  credited_minor bigint default 0 not null,
  reverses bigint,
  constraint payment_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint payment_pkey PRIMARY KEY (organization_id, id)
);

create table payment_sum (
  organization_id bigint not null,
  minutes integer not null,
  since timestamp with time zone not null,
  product_id bigint not null,
  reseller_id bigint not null,
  channel text not null,
  currency text not null,
  is_sale boolean not null,
  is_reversal boolean not null,
  payments bigint not null,
  amount_minor bigint not null,
  tax_minor bigint not null,
  commission_minor bigint not null,
  constraint payment_sum_pkey PRIMARY KEY (organization_id, minutes, since, product_id, reseller_id, channel, currency, is_sale, is_reversal)
) with (fillfactor=50);

create table phone_account (
  organization_id bigint not null,
  device_id bigint not null,
  type text not null,
  device_group_id bigint,
  secret_sealed bytea,
  host text default ''::text not null,
  port integer,
  caller_id text default ''::text not null,
  description text default ''::text not null,
  is_hidden boolean default false not null,
  constraint phone_account_pkey PRIMARY KEY (organization_id, device_id),
  constraint phone_account_port_check CHECK (((port >= 0) AND (port <= 65535)))
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
  owner_operator_id bigint,
  price_minor bigint,
  currency text,
  tax_ppm integer,
  number_digits integer,
  secret_digits integer,
  image_url text,
  in_stock bigint default 0 not null,
  slots integer default 0 not null,
  uses_max integer default 1,
  uses_per text default 'entitlement'::text not null,
  reentry text default 'none'::text not null,
  categories jsonb default '[]'::jsonb not null,
  time_zone text default 'UTC'::text not null,
  attention text,
  metadata jsonb,
  closed_at timestamp with time zone,
  closed_renewable boolean,
  prices jsonb default '[]'::jsonb not null,
  renews_pin boolean default false not null,
  constraint product_capacity_check CHECK ((capacity >= 0)),
  constraint product_check CHECK ((ends_at >= starts_at)),
  constraint product_closed CHECK (((closed_at IS NULL) = (closed_renewable IS NULL))),
  constraint product_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint product_in_stock_check CHECK ((in_stock >= 0)),
  constraint product_issued_check CHECK ((issued >= 0)),
  constraint product_kind_check CHECK ((kind ~ '^[a-z][a-z0-9_]{0,31}$'::text)),
  constraint product_number_digits_check CHECK (((number_digits >= 1) AND (number_digits <= 19))),
  constraint product_pkey PRIMARY KEY (organization_id, id),
  constraint product_price_minor_check CHECK ((price_minor >= 0)),
  constraint product_reentry_check CHECK ((reentry = ANY (ARRAY['none'::text, 'after_exit'::text]))),
  constraint product_secret_digits_check CHECK (((secret_digits >= 0) AND (secret_digits <= 30))),
  constraint product_slots_check CHECK (((slots >= 0) AND (slots <= 100))),
  constraint product_tax_ppm_check CHECK ((tax_ppm >= 0)),
  constraint product_uses_max_check CHECK ((uses_max >= 1)),
  constraint product_uses_per_check CHECK ((uses_per = ANY (ARRAY['entitlement'::text, 'day'::text])))
) with (fillfactor=70);

create table product_access_key (
  organization_id bigint not null,
  product_id bigint not null,
  access_key_id bigint not null,
  "position" integer not null,
  categories jsonb,
  constraint product_access_key_pkey PRIMARY KEY (organization_id, product_id, access_key_id)
);

create table replaced_code (
  organization_id bigint not null,
  code text not null,
  product_id bigint not null,
  entitlement_id bigint not null,
  replaced_at timestamp with time zone not null,
  constraint replaced_code_pkey PRIMARY KEY (organization_id, code)
);

create table reseller_terms (
  organization_id bigint not null,
  product_id bigint not null,
  operator_id bigint not null,
  price_minor bigint,
  price_currency text,
  commission_ppm integer not null,
  quota bigint,
  sold bigint not null,
  constraint reseller_terms_commission_ppm_check CHECK (((commission_ppm >= 0) AND (commission_ppm <= 1000000))),
  constraint reseller_terms_pkey PRIMARY KEY (organization_id, product_id, operator_id),
  constraint reseller_terms_price_currency_check CHECK ((price_currency ~ '^[A-Z]{3}$'::text)),
  constraint reseller_terms_price_minor_check CHECK ((price_minor >= 0)),
  constraint reseller_terms_quota_check CHECK ((quota >= 0)),
  constraint reseller_terms_sold_check CHECK ((sold >= 0))
) with (fillfactor=50);

create table sale (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  email text,
  channel text not null,
  operator_id bigint,
  sold_at timestamp with time zone not null,
  mailed_at timestamp with time zone,
  mail_failure text,
  reference text,
  constraint sale_pkey PRIMARY KEY (organization_id, id)
);

create table schema_migration (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migration_pkey PRIMARY KEY (version)
);

create table secret_key (
  id bytea not null,
  "position" integer not null,
  retired_at timestamp with time zone,
  lookup_sealed bytea,
  constraint secret_key_id_check CHECK ((length(id) = 4)),
  constraint secret_key_pkey PRIMARY KEY (id),
  constraint secret_key_position_key UNIQUE ("position")
);

create table secret_space (
  organization_id bigint not null,
  digits integer not null,
  used bigint default 0 not null,
  constraint secret_space_pkey PRIMARY KEY (organization_id, digits),
  constraint secret_space_used_check CHECK ((used >= 0))
) with (fillfactor=50);

create table setting (
  organization_id bigint not null,
  name text not null,
  value jsonb not null,
  constraint setting_pkey PRIMARY KEY (organization_id, name)
);

create table statistic (
  organization_id bigint not null,
  minutes smallint not null,
  at timestamp with time zone not null,
  measure text not null,
  product_id bigint not null,
  category text not null,
  gate_id bigint not null,
  reseller_id bigint not null,
  reason text not null,
  currency text not null,
  count bigint not null,
  amount_minor numeric not null,
  constraint statistic_pkey PRIMARY KEY (organization_id, minutes, at, measure, product_id, category, gate_id, reseller_id, reason, currency)
);

create table statistic_fold (
  organization_id bigint not null,
  folded_to bigint not null,
  deletions bigint default 0 not null,
  constraint statistic_fold_pkey PRIMARY KEY (organization_id)
);

create table write_probe (
  filler text not null
);

alter sequence access_key_id_seq owned by access_key.id;
alter sequence action_id_seq owned by action.id;
alter sequence api_token_id_seq owned by api_token.id;
alter sequence conflict_id_seq owned by conflict.id;
alter sequence customer_id_seq owned by customer.id;
alter sequence delivery_id_seq owned by delivery.id;
alter sequence device_group_id_seq owned by device_group.id;
alter sequence device_id_seq owned by device.id;
alter sequence edition_id_seq owned by edition.id;
alter sequence edition_request_id_seq owned by edition_request.id;
alter sequence entitlement_id_seq owned by entitlement.id;
alter sequence gate_id_seq owned by gate.id;
alter sequence hold_id_seq owned by hold.id;
alter sequence operator_id_seq owned by operator.id;
alter sequence organization_id_seq owned by organization.id;
alter sequence package_id_seq owned by package.id;
alter sequence payment_id_seq owned by payment.id;
alter sequence product_id_seq owned by product.id;
alter sequence sale_id_seq owned by sale.id;

alter table access_key add constraint access_key_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table api_token add constraint api_token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table api_token add constraint api_token_organization_id_operator_id_fkey FOREIGN KEY (organization_id, operator_id) REFERENCES operator(organization_id, id) ON DELETE CASCADE;
alter table binding add constraint binding_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES device(organization_id, id);
alter table binding add constraint binding_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES entitlement(organization_id, id);
alter table conflict add constraint conflict_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES entitlement(organization_id, id);
alter table currency add constraint currency_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table customer add constraint customer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table customer add constraint customer_organization_id_owner_operator_id_fkey FOREIGN KEY (organization_id, owner_operator_id) REFERENCES operator(organization_id, id);
alter table delivery add constraint delivery_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES device(organization_id, id);
alter table delivery add constraint delivery_organization_id_edition_id_fkey FOREIGN KEY (organization_id, edition_id) REFERENCES edition(organization_id, id);
alter table delivery add constraint delivery_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES entitlement(organization_id, id);
alter table device add constraint device_organization_id_customer_id_fkey FOREIGN KEY (organization_id, customer_id) REFERENCES customer(organization_id, id);
alter table device add constraint device_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table device_group add constraint device_group_organization_id_customer_id_fkey FOREIGN KEY (organization_id, customer_id) REFERENCES customer(organization_id, id);
alter table device_group add constraint device_group_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table edition add constraint edition_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES product(organization_id, id);
alter table edition_request add constraint edition_request_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES device(organization_id, id);
alter table edition_request add constraint edition_request_organization_id_edition_id_fkey FOREIGN KEY (organization_id, edition_id) REFERENCES edition(organization_id, id);
alter table edition_request add constraint edition_request_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES entitlement(organization_id, id);
alter table gate add constraint gate_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table gate_access_key add constraint gate_access_key_organization_id_access_key_id_fkey FOREIGN KEY (organization_id, access_key_id) REFERENCES access_key(organization_id, id);
alter table gate_access_key add constraint gate_access_key_organization_id_gate_id_fkey FOREIGN KEY (organization_id, gate_id) REFERENCES gate(organization_id, id) ON DELETE CASCADE;
alter table gate_product add constraint gate_product_organization_id_gate_id_fkey FOREIGN KEY (organization_id, gate_id) REFERENCES gate(organization_id, id) ON DELETE CASCADE;
alter table gate_product add constraint gate_product_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES product(organization_id, id) ON DELETE CASCADE;
alter table hold add constraint hold_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table hold add constraint hold_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES product(organization_id, id) ON DELETE CASCADE;
alter table kept_answer add constraint kept_answer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table operator add constraint operator_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table operator_setting add constraint operator_setting_organization_id_operator_id_fkey FOREIGN KEY (organization_id, operator_id) REFERENCES operator(organization_id, id) ON DELETE CASCADE;
alter table organization_host add constraint organization_host_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table package add constraint package_organization_id_edition_id_fkey FOREIGN KEY (organization_id, edition_id) REFERENCES edition(organization_id, id) ON DELETE CASCADE;
alter table package add constraint package_organization_id_from_edition_id_fkey FOREIGN KEY (organization_id, from_edition_id) REFERENCES edition(organization_id, id) ON DELETE CASCADE;
alter table phone_account add constraint phone_account_organization_id_device_group_id_fkey FOREIGN KEY (organization_id, device_group_id) REFERENCES device_group(organization_id, id);
alter table phone_account add constraint phone_account_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES device(organization_id, id) ON DELETE CASCADE;
alter table product add constraint product_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table product add constraint product_organization_id_owner_operator_id_fkey FOREIGN KEY (organization_id, owner_operator_id) REFERENCES operator(organization_id, id);
alter table product_access_key add constraint product_access_key_organization_id_access_key_id_fkey FOREIGN KEY (organization_id, access_key_id) REFERENCES access_key(organization_id, id);
alter table product_access_key add constraint product_access_key_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES product(organization_id, id) ON DELETE CASCADE;
alter table replaced_code add constraint replaced_code_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES entitlement(organization_id, id);
alter table reseller_terms add constraint reseller_terms_organization_id_operator_id_fkey FOREIGN KEY (organization_id, operator_id) REFERENCES operator(organization_id, id) ON DELETE CASCADE;
alter table reseller_terms add constraint reseller_terms_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES product(organization_id, id) ON DELETE CASCADE;
alter table secret_space add constraint secret_space_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
alter table setting add constraint setting_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;

CREATE INDEX action_about_product ON public.action USING btree (organization_id, product_id, id) WHERE ((refusal IS NULL) AND (kind ~~ 'product\_%'::text));
CREATE INDEX action_by_device ON public.action USING btree (organization_id, device_id, id) WHERE ((product_id = 0) AND (refusal IS NULL));
CREATE INDEX action_by_entitlement ON public.action USING btree (organization_id, entitlement_id, id) WHERE ((entitlement_id IS NOT NULL) AND (refusal IS NULL));
CREATE INDEX action_done ON public.action USING btree (organization_id, product_id, id) WHERE (refusal IS NULL);
CREATE INDEX action_refused ON public.action USING btree (organization_id, id) WHERE (refusal IS NOT NULL);
CREATE INDEX action_refused_by_entitlement ON public.action USING btree (organization_id, entitlement_id, id) WHERE ((entitlement_id IS NOT NULL) AND (refusal IS NOT NULL));
CREATE INDEX action_refused_by_product ON public.action USING btree (organization_id, product_id, id) WHERE (refusal IS NOT NULL);
CREATE INDEX api_token_by_end ON public.api_token USING btree (LEAST(expires_at, revoked_at)) WHERE ((expires_at IS NOT NULL) OR (revoked_at IS NOT NULL));
CREATE INDEX api_token_by_operator ON public.api_token USING btree (organization_id, operator_id);
CREATE INDEX binding_by_device ON public.binding USING btree (organization_id, device_id);
CREATE INDEX conflict_by_entitlement ON public.conflict USING btree (organization_id, entitlement_id);
CREATE INDEX conflict_by_product ON public.conflict USING btree (organization_id, product_id, id);
CREATE UNIQUE INDEX currency_default ON public.currency USING btree (organization_id) WHERE is_default;
CREATE INDEX customer_by_primary_device ON public.customer USING btree (organization_id, primary_device_id) WHERE (primary_device_id IS NOT NULL);
CREATE INDEX customer_search_display_name ON public.customer USING btree (organization_id, lower(display_name) COLLATE "C", id) WHERE (display_name <> ''::text);
CREATE INDEX customer_search_last_name ON public.customer USING btree (organization_id, lower("substring"(display_name, '[^ ]+$'::text)) COLLATE "C", id) WHERE (display_name ~~ '% %'::text);
CREATE INDEX customer_search_name ON public.customer USING btree (organization_id, lower(name) COLLATE "C", id);
CREATE INDEX delivery_by_device ON public.delivery USING btree (organization_id, device_id) WHERE (ended_at IS NULL);
CREATE INDEX delivery_kept ON public.delivery USING btree (organization_id, expires_at) WHERE (removed_at IS NULL);
CREATE INDEX delivery_latest ON public.delivery USING btree (organization_id, entitlement_id, device_id, id);
CREATE UNIQUE INDEX delivery_live ON public.delivery USING btree (organization_id, entitlement_id, device_id) WHERE (ended_at IS NULL);
CREATE INDEX device_by_customer ON public.device USING btree (organization_id, customer_id, id);
CREATE UNIQUE INDEX device_fingerprint ON public.device USING btree (organization_id, customer_id, fingerprint_hash) WHERE (fingerprint_hash IS NOT NULL);
CREATE INDEX device_group_by_customer ON public.device_group USING btree (organization_id, customer_id, id);
CREATE UNIQUE INDEX device_group_primary ON public.device_group USING btree (organization_id, customer_id) WHERE is_primary;
CREATE UNIQUE INDEX device_identity ON public.device USING btree (organization_id, customer_id, kind, identity) NULLS NOT DISTINCT WHERE (identity IS NOT NULL);
CREATE INDEX edition_by_age ON public.edition USING btree (organization_id, product_id, published_at, id);
CREATE INDEX entitlement_by_customer ON public.entitlement USING btree (organization_id, customer_id, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX entitlement_by_hold ON public.entitlement USING btree (organization_id, hold_id, code COLLATE "C") WHERE (hold_id IS NOT NULL);
CREATE INDEX entitlement_by_reference ON public.entitlement USING btree (organization_id, reference, id) WHERE (reference IS NOT NULL);
CREATE INDEX entitlement_in_order ON public.entitlement USING btree (organization_id, product_id, code_number, code) WHERE (NOT in_stock);
CREATE INDEX entitlement_inside ON public.entitlement USING btree (organization_id, product_id, category) WHERE inside;
CREATE INDEX entitlement_search_code ON public.entitlement USING btree (organization_id, upper((replace(code, '-'::text, ''::text) COLLATE "C")), id);
CREATE INDEX entitlement_search_reference ON public.entitlement USING btree (organization_id, lower(reference) COLLATE "C", id) WHERE (reference IS NOT NULL);
CREATE UNIQUE INDEX entitlement_secret ON public.entitlement USING btree (organization_id, secret_hash) WHERE (secret_hash IS NOT NULL);
CREATE INDEX entitlement_stock ON public.entitlement USING btree (organization_id, product_id, code COLLATE "C") WHERE in_stock;
CREATE INDEX entitlement_suspended_in_stock ON public.entitlement USING btree (organization_id, product_id) WHERE (in_stock AND (suspended_at IS NOT NULL));
CREATE INDEX entitlement_use_in_conflict ON public.entitlement_use USING btree (organization_id, product_id, conflict_id) WHERE (conflict_id IS NOT NULL);
CREATE INDEX gate_access_key_by_gate ON public.gate_access_key USING btree (organization_id, gate_id);
CREATE UNIQUE INDEX gate_by_name ON public.gate USING btree (organization_id, name) WHERE (retired_at IS NULL);
CREATE INDEX gate_product_by_product ON public.gate_product USING btree (organization_id, product_id);
CREATE INDEX hold_by_end ON public.hold USING btree (ends_at);
CREATE INDEX hold_by_reference ON public.hold USING btree (organization_id, reference, id);
CREATE INDEX hold_live ON public.hold USING btree (organization_id, product_id, id) WHERE (ended_at IS NULL);
CREATE INDEX kept_answer_by_age ON public.kept_answer USING btree (created_at);
CREATE INDEX organization_host_by_organization ON public.organization_host USING btree (organization_id, host);
CREATE INDEX package_by_from ON public.package USING btree (organization_id, from_edition_id) WHERE (from_edition_id IS NOT NULL);
CREATE INDEX payment_by_entitlement ON public.payment USING btree (organization_id, entitlement_id);
CREATE INDEX payment_by_sale ON public.payment USING btree (organization_id, sale_id) WHERE (sale_id IS NOT NULL);
CREATE UNIQUE INDEX payment_reverses ON public.payment USING btree (organization_id, reverses) WHERE (reverses IS NOT NULL);
CREATE INDEX phone_account_by_group ON public.phone_account USING btree (organization_id, device_group_id) WHERE (device_group_id IS NOT NULL);
CREATE INDEX product_access_key_by_key ON public.product_access_key USING btree (organization_id, access_key_id, product_id);
CREATE INDEX product_by_name ON public.product USING btree (organization_id, kind, name, id);
CREATE INDEX replaced_code_by_entitlement ON public.replaced_code USING btree (organization_id, entitlement_id);
CREATE INDEX reseller_terms_by_operator ON public.reseller_terms USING btree (organization_id, operator_id);
CREATE INDEX sale_by_reference ON public.sale USING btree (organization_id, reference, id) WHERE (reference IS NOT NULL);
CREATE INDEX statistic_refused ON public.statistic USING btree (organization_id, product_id) WHERE (measure = 'refused'::text);
