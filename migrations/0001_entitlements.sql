-- Every table but organization starts its primary key, its unique keys and its foreign keys with organization_id, and
-- numbers come from sequences that an insert may pass over: so the tables can be spread over several servers, and what
-- is moved over from an old server keeps its numbers.

create table organization (
  id bigint primary key,
  name text not null,
  -- Host names by which requests find this organization; the default one needs none.
  hosts text[] not null default '{}',
  created_at timestamptz not null default now()
);
create sequence organization_id_seq owned by organization.id;

create table setting (
  organization_id bigint not null references organization (id) on delete cascade,
  name text not null,
  value jsonb not null,
  primary key (organization_id, name)
);

create table operator (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  login text not null,
  password_hash text not null,
  role text not null check (role in ('owner', 'administrator', 'accountant', 'reseller')),
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  primary key (organization_id, id),
  unique (organization_id, login)
);
create sequence operator_id_seq owned by operator.id;

create table api_token (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  operator_id bigint not null,
  -- SHA-256 of the token; the token itself is kept nowhere.
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (organization_id, id),
  unique (organization_id, token_hash),
  foreign key (organization_id, operator_id) references operator (organization_id, id) on delete cascade
);
create sequence api_token_id_seq owned by api_token.id;

create table product (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  kind text not null check (kind in ('event')),
  name text not null,
  description text not null default '',
  starts_at timestamptz,
  ends_at timestamptz,
  capacity bigint check (capacity >= 0),
  -- Issued and not revoked; kept here so that a capacity is checked without counting.
  issued bigint not null default 0 check (issued >= 0),
  ever_issued boolean not null default false,
  created_at timestamptz not null,
  retired_at timestamptz,
  primary key (organization_id, id),
  check (ends_at >= starts_at)
) with (fillfactor = 70);
create sequence product_id_seq owned by product.id;

-- A key stays when no product lists it any more: the log still names it.
create table access_key (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  -- Keyed hash, to find the key; the key itself is sealed.
  key_hash bytea not null,
  key_sealed bytea not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, key_hash)
);
create sequence access_key_id_seq owned by access_key.id;

create table product_access_key (
  organization_id bigint not null,
  product_id bigint not null,
  access_key_id bigint not null,
  position integer not null,
  primary key (organization_id, product_id, access_key_id),
  foreign key (organization_id, product_id) references product (organization_id, id) on delete cascade,
  foreign key (organization_id, access_key_id) references access_key (organization_id, id)
);
create index product_access_key_by_key on product_access_key (organization_id, access_key_id, product_id);

create table customer (
  organization_id bigint not null references organization (id) on delete cascade,
  id bigint not null,
  name text not null,
  -- What makes two names the same customer: e-mail addresses in lower case, anything else to the letter.
  identity text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, identity)
);
create sequence customer_id_seq owned by customer.id;

create table entitlement (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  code text not null,
  -- The code as a number, for lists and ranges in numeric order; -1 for codes that are not 1 to 19 digits.
  -- Without a regular expression, which took three times as long.
  code_number numeric not null generated always as (
    case when length(code) >= 1 and length(code) <= 19 and ltrim(code, '0123456789') = '' then code::numeric else -1 end
  ) stored,
  customer_id bigint,
  issued_at timestamptz not null,
  redeemed_at timestamptz,
  redeemed_by_access_key_id bigint,
  redeemed_by_operator_id bigint,
  redeemed_from text,
  revoked_at timestamptz,
  primary key (organization_id, id),
  -- No foreign keys: see docs/decisions/0007-foreign-keys-beside-the-engine.md.
  unique (organization_id, code)
-- Room on every page, so that a redemption stays on its page and touches no index.
) with (fillfactor = 80);
create sequence entitlement_id_seq owned by entitlement.id;

-- The last number given to a line of the log, one row an organization. A batch takes its numbers as its last act before
-- the commit, so that they ascend in the order of commits.
create table action_counter (
  organization_id bigint primary key references organization (id) on delete cascade,
  next_id bigint not null default 0
) with (fillfactor = 10);

-- No foreign keys: the log outlives what it tells of, and checking them would lock a product's row at every scan.
create table action (
  organization_id bigint not null,
  id bigint not null,
  kind text not null,
  product_id bigint not null,
  entitlement_id bigint,
  code text,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  refusal text,
  access_key_id bigint,
  operator_id bigint,
  address text,
  -- The number alone is unique; the log is read product by product, so the key serves that too.
  primary key (organization_id, product_id, id)
);
create index action_by_entitlement on action (organization_id, entitlement_id, id) where entitlement_id is not null;

create table conflict (
  organization_id bigint not null,
  id bigint not null,
  product_id bigint not null,
  entitlement_id bigint not null,
  kept_at timestamptz not null,
  kept_by_access_key_id bigint,
  kept_by_operator_id bigint,
  kept_from text,
  lost_at timestamptz not null,
  lost_by_access_key_id bigint,
  lost_by_operator_id bigint,
  lost_from text,
  recorded_at timestamptz not null,
  primary key (organization_id, id),
  foreign key (organization_id, entitlement_id) references entitlement (organization_id, id)
);
create sequence conflict_id_seq owned by conflict.id;
create index conflict_by_product on conflict (organization_id, product_id, id);

-- The first answer to a request that carried an idempotency key; sealed, since it may hold a secret.
create table kept_answer (
  organization_id bigint not null references organization (id) on delete cascade,
  principal text not null,
  key text not null,
  content_hash bytea not null,
  answer_sealed bytea not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, principal, key)
);
create index kept_answer_by_age on kept_answer (organization_id, created_at);
