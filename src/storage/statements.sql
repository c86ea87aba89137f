-- begin_statistics
insert into statistic_fold (organization_id, folded_to) values ($1, -1) on conflict do nothing;

-- count_inside
select e.category, count(*) from entitlement e
where e.organization_id = $1 and e.product_id = $2 and e.inside
group by e.category
order by e.category;

-- count_tokens
select o.login,
  (select count(*) from api_token t
  where t.organization_id = $1 and t.operator_id = o.id and t.revoked_at is null
    and (t.expires_at is null or t.expires_at > now()))
from operator o where o.organization_id = $1 and o.login = any($2::text[]);

-- delete_actions done 20
with oldest as (
  select a.ctid, a.id as key, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and a.id <= coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1) and a.refusal is null order by a.id limit 20
), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 20 and bool_or(is_over) as goes_on
from oldest;

-- delete_actions done 200
with oldest as (
  select a.ctid, a.id as key, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and a.id <= coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1) and a.refusal is null order by a.id limit 200
), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 200 and bool_or(is_over) as goes_on
from oldest;

-- delete_actions done 2000
with oldest as (
  select a.ctid, a.id as key, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and a.id <= coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1) and a.refusal is null order by a.id limit 2000
), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 2000 and bool_or(is_over) as goes_on
from oldest;

-- delete_actions refused 20
with oldest as (
  select a.ctid, a.id as key, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and a.id <= coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1) and a.refusal is not null order by a.id limit 20
), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 20 and bool_or(is_over) as goes_on
from oldest;

-- delete_actions refused 200
with oldest as (
  select a.ctid, a.id as key, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and a.id <= coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1) and a.refusal is not null order by a.id limit 200
), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 200 and bool_or(is_over) as goes_on
from oldest;

-- delete_actions refused 2000
with oldest as (
  select a.ctid, a.id as key, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and a.id <= coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1) and a.refusal is not null order by a.id limit 2000
), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 2000 and bool_or(is_over) as goes_on
from oldest;

-- delete_answers 20
with oldest as (
  select ctid, created_at as key, created_at < now() - make_interval(secs => $1) as is_over
  from kept_answer where created_at >= $2::timestamptz order by created_at limit 20
), gone as (delete from kept_answer where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 20 and bool_and(is_over) as goes_on
from oldest;

-- delete_answers 200
with oldest as (
  select ctid, created_at as key, created_at < now() - make_interval(secs => $1) as is_over
  from kept_answer where created_at >= $2::timestamptz order by created_at limit 200
), gone as (delete from kept_answer where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 200 and bool_and(is_over) as goes_on
from oldest;

-- delete_answers 2000
with oldest as (
  select ctid, created_at as key, created_at < now() - make_interval(secs => $1) as is_over
  from kept_answer where created_at >= $2::timestamptz order by created_at limit 2000
), gone as (delete from kept_answer where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 2000 and bool_and(is_over) as goes_on
from oldest;

-- delete_bindings
delete from binding where organization_id = $1 and entitlement_id = any($2::bigint[]);

-- delete_device_groups
delete from device_group where organization_id = $1 and id = any($2::bigint[]);

-- delete_ended_tokens 20
with oldest as (
  select ctid, least(expires_at, revoked_at) as key, least(expires_at, revoked_at) < now() as is_over from api_token
  where (expires_at is not null or revoked_at is not null) and least(expires_at, revoked_at) >= $1::timestamptz order by least(expires_at, revoked_at) limit 20
), gone as (delete from api_token where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 20 and bool_and(is_over) as goes_on
from oldest;

-- delete_ended_tokens 200
with oldest as (
  select ctid, least(expires_at, revoked_at) as key, least(expires_at, revoked_at) < now() as is_over from api_token
  where (expires_at is not null or revoked_at is not null) and least(expires_at, revoked_at) >= $1::timestamptz order by least(expires_at, revoked_at) limit 200
), gone as (delete from api_token where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 200 and bool_and(is_over) as goes_on
from oldest;

-- delete_ended_tokens 2000
with oldest as (
  select ctid, least(expires_at, revoked_at) as key, least(expires_at, revoked_at) < now() as is_over from api_token
  where (expires_at is not null or revoked_at is not null) and least(expires_at, revoked_at) >= $1::timestamptz order by least(expires_at, revoked_at) limit 2000
), gone as (delete from api_token where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 2000 and bool_and(is_over) as goes_on
from oldest;

-- delete_gate_products
delete from gate_product where organization_id = $1 and gate_id = any($2::bigint[]);

-- delete_holds 20
with oldest as (
  select ctid, ends_at as key, ends_at < now() - make_interval(secs => $1) as is_over
  from hold where ends_at >= $2::timestamptz order by ends_at limit 20
), gone as (delete from hold where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 20 and bool_and(is_over) as goes_on
from oldest;

-- delete_holds 200
with oldest as (
  select ctid, ends_at as key, ends_at < now() - make_interval(secs => $1) as is_over
  from hold where ends_at >= $2::timestamptz order by ends_at limit 200
), gone as (delete from hold where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 200 and bool_and(is_over) as goes_on
from oldest;

-- delete_holds 2000
with oldest as (
  select ctid, ends_at as key, ends_at < now() - make_interval(secs => $1) as is_over
  from hold where ends_at >= $2::timestamptz order by ends_at limit 2000
), gone as (delete from hold where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = 2000 and bool_and(is_over) as goes_on
from oldest;

-- delete_hosts
delete from organization_host where organization_id = $1 and host = any($2::text[]);

-- delete_operator_settings
delete from operator_setting s
using operator o, unnest($2::text[], $3::text[])
  as n (name, login)
where o.organization_id = $1 and o.login = n.login
  and s.organization_id = $1 and s.operator_id = o.id and s.name = n.name;

-- delete_operators
delete from operator where organization_id = $1 and login = any($2::text[]);

-- delete_phones
with freed as (
  update customer set primary_device_id = null where organization_id = $1 and primary_device_id = any($2::bigint[])
)
delete from device where organization_id = $1 and id = any($2::bigint[]);

-- delete_products
with gone as (delete from product where organization_id = $1 and id = any($2::bigint[]) and not ever_issued),
       counted as (
         delete from statistic where organization_id = $1 and product_id = any($2::bigint[]) and measure = 'refused'),
       content as (delete from edition where organization_id = $1 and product_id = any($2::bigint[])),
       refused as (delete from action where organization_id = $1 and product_id = any($2::bigint[]) and refusal is not null)
     delete from action where organization_id = $1 and product_id = any($2::bigint[]) and refusal is null;

-- delete_settings
delete from setting where organization_id = $1 and name = any($2::text[]);

-- draw_numbers
select 'operator', nextval('operator_id_seq') from generate_series(1, $1)
union all select 'customer', nextval('customer_id_seq') from generate_series(1, $2)
union all select 'product', nextval('product_id_seq') from generate_series(1, $3)
union all select 'gate', nextval('gate_id_seq') from generate_series(1, $4)
union all select 'hold', nextval('hold_id_seq') from generate_series(1, $5)
union all select 'entitlement', nextval('entitlement_id_seq') from generate_series(1, $6)
union all select 'sale', nextval('sale_id_seq') from generate_series(1, $7)
union all select 'payment', nextval('payment_id_seq') from generate_series(1, $8)
union all select 'device', nextval('device_id_seq') from generate_series(1, $9)
union all select 'edition', nextval('edition_id_seq') from generate_series(1, $10)
union all select 'package', nextval('package_id_seq') from generate_series(1, $11)
union all select 'edition_request', nextval('edition_request_id_seq') from generate_series(1, $12)
union all select 'delivery', nextval('delivery_id_seq') from generate_series(1, $13)
union all select 'device_group', nextval('device_group_id_seq') from generate_series(1, $14)
union all select 'phone', nextval('device_id_seq') from generate_series(1, $15);

-- draw_organization
with drawn as (select nextval('organization_id_seq') as id) select drawn.id, exists (select from organization o where o.id = drawn.id) from drawn;

-- end_holds
update hold t set ended_at = to_timestamp(n.ended_at), is_confirmed = n.is_confirmed
from unnest($2::bigint[], $3::float8[], $4::boolean[])
  as n (id, ended_at, is_confirmed)
where t.organization_id = $1 and t.id = n.id;

-- ensure_file_store
insert into file_store (store_id) values ($1) on conflict (only_one) do nothing;

-- ensure_setting
insert into setting (organization_id, name, value) values ($1, $2, $3) on conflict do nothing;

-- fold_statistics
with turn as materialized (
  select t.folded_to, t.deletions from statistic_fold t where t.organization_id = $1 for no key update
), seen as materialized (
  select s.folded_to from statistic_fold s, turn
  where s.organization_id = $1 and s.folded_to = turn.folded_to and s.deletions = turn.deletions
), entry as materialized (
  select a.* from action a
  where a.organization_id = $1 and a.id > (select folded_to from seen) order by a.id limit 5000
), counted as (
  select a.id, a.occurred_at as at, m.measure, a.product_id,
  coalesce(e.category, '') as category, coalesce(a.gate_id, 0) as gate_id,
  coalesce(case when y.id is null then p.owner_operator_id else y.reseller_id end, 0) as reseller_id, m.reason, m.currency, m.count, m.amount_minor
from entry as a
left join product p on p.organization_id = $1 and p.id = a.product_id
left join entitlement e on e.organization_id = $1 and e.id = a.entitlement_id
left join payment y on y.organization_id = $1
  and y.id = case when a.refusal is null and a.kind in ('entitlement_sold', 'entitlement_topped_up', 'entitlement_voided', 'entitlement_returned', 'entitlement_refunded', 'entitlement_top_up_undone') then (a.detail->>'payment')::bigint end
cross join lateral (values
  (case when a.refusal is not null then 'refused' else case a.kind when 'entitlement_issued' then 'issued' when 'entitlement_sold' then 'sold' when 'entitlement_topped_up' then 'topped_up' when 'entitlement_use_undone' then 'undone' when 'entitlement_revoked' then 'revoked' when 'entitlement_bound' then 'bound' when 'entitlement_unbound' then 'unbound' when 'delivery_ready' then 'delivered'
    when 'entitlement_redeemed' then case when a.detail->>'direction' = 'exit' then 'exited' else 'redeemed' end end end,
    coalesce(a.refusal, ''), '',
    case when a.kind = 'entitlement_redeemed' and a.refusal is null then coalesce((a.detail->>'count')::bigint, 1)
      else 1 end, 0::numeric),
  (case when a.refusal is null and a.kind in ('entitlement_sold', 'entitlement_topped_up', 'entitlement_voided', 'entitlement_returned', 'entitlement_refunded', 'entitlement_top_up_undone') and a.detail ? 'amount'
    then 'paid' end,
    '', coalesce(a.detail->>'currency', ''), 1,
    case when a.kind in ('entitlement_sold', 'entitlement_topped_up', 'entitlement_voided', 'entitlement_returned', 'entitlement_refunded', 'entitlement_top_up_undone')
      then replace(a.detail->>'amount', '.', '')::numeric end)
  ) as m (measure, reason, currency, count, amount_minor)
where m.measure is not null
), written as (
  insert into statistic as s
    (organization_id, minutes, at, measure, product_id, category, gate_id, reseller_id, reason, currency, count,
      amount_minor)
  select $1, w.minutes, date_bin(make_interval(mins => w.minutes), c.at, timestamptz 'epoch'),
    c.measure, c.product_id, c.category, c.gate_id, c.reseller_id, c.reason, c.currency, sum(c.count), sum(c.amount_minor)
  from counted c cross join (values (1), (15)) as w (minutes)
  group by 2, 3, 4, 5, 6, 7, 8, 9, 10
  on conflict (organization_id, minutes, at, measure, product_id, category, gate_id, reseller_id, reason, currency)
  do update set count = s.count + excluded.count, amount_minor = s.amount_minor + excluded.amount_minor
), moved as (
  update statistic_fold set folded_to = (select max(id) from entry)
  where organization_id = $1 and exists (select from entry)
)
select count(*) as entries from entry;

-- insert_access_keys
insert into access_key (organization_id, id, key_hash, key_sealed)
       select $1::bigint, nextval('access_key_id_seq'), n.hash, n.sealed
       from unnest($2::bytea[], $3::bytea[]) as n (hash, sealed)
       where not exists (select from access_key k where k.organization_id = $1 and k.key_hash = n.hash)
       order by n.hash
       on conflict (organization_id, key_hash) do nothing;

-- insert_actions
with patience as materialized (
  select set_config('lock_timeout', '3000', true)
), turn as materialized (
  select pg_advisory_xact_lock(4611686018427387904 + $1::bigint) from patience
)
insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id,
  operator_id, address, channel, device_id, customer_id, principal_kind, gate_id, detail)
select $1::bigint, nextval('action_id_seq'), n.kind, n.product_id, n.entitlement_id, n.code, to_timestamp(n.occurred_at),
  to_timestamp(n.recorded_at), n.refusal, n.access_key_id, n.operator_id, n.address,
  n.channel, n.device_id, n.customer_id, n.principal_kind, n.gate_id, n.detail
from turn, unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::float8[], $7::float8[], $8::text[],
  $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::bigint[],
  $15::text[], $16::bigint[], $17::jsonb[])
  as n (kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id,
  operator_id, address, channel, device_id, customer_id, principal_kind, gate_id, detail);

-- insert_answers
insert into kept_answer (organization_id, version, principal, key, content_hash, answer_sealed)
select $1::bigint, n.version, n.principal, n.key, n.content_hash, n.answer_sealed
from unnest($2::integer[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])
  as n (version, principal, key, content_hash, answer_sealed)
order by n.principal collate "C", n.key collate "C";

-- insert_bindings
insert into binding (organization_id, entitlement_id, slot, bound_at, device_id)
select $1::bigint, n.entitlement_id, n.slot, to_timestamp(n.bound_at), n.device_id
from unnest($2::bigint[], $3::integer[], $4::float8[], $5::bigint[])
  as n (entitlement_id, slot, bound_at, device_id);

-- insert_conflicts
insert into conflict (organization_id, id, product_id, entitlement_id, kept_at, kept_reported_at, kept_by_access_key_id,
  kept_by_operator_id, kept_at_gate_id, kept_from, lost_at, lost_reported_at,
  lost_by_access_key_id, lost_by_operator_id, lost_at_gate_id, lost_from, refusal, displaced,
  recorded_at)
select $1::bigint, nextval('conflict_id_seq'), n.product_id, n.entitlement_id, to_timestamp(n.kept_at), to_timestamp(n.kept_reported_at),
  n.kept_by_access_key_id, n.kept_by_operator_id, n.kept_at_gate_id, n.kept_from,
  to_timestamp(n.lost_at), to_timestamp(n.lost_reported_at), n.lost_by_access_key_id,
  n.lost_by_operator_id, n.lost_at_gate_id, n.lost_from, n.refusal, n.displaced,
  to_timestamp(n.recorded_at)
from unnest($2::bigint[], $3::bigint[], $4::float8[], $5::float8[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::text[], $10::float8[], $11::float8[], $12::bigint[], $13::bigint[],
  $14::bigint[], $15::text[], $16::text[], $17::boolean[], $18::float8[])
  as n (product_id, entitlement_id, kept_at, kept_reported_at, kept_by_access_key_id,
  kept_by_operator_id, kept_at_gate_id, kept_from, lost_at, lost_reported_at,
  lost_by_access_key_id, lost_by_operator_id, lost_at_gate_id, lost_from, refusal, displaced,
  recorded_at);

-- insert_customers
with added as (
insert into customer (organization_id, id, name, owner_operator_id, display_name, identity)
select $1::bigint, n.id, n.name, n.owner_operator_id, n.display_name, n.identity
from unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[])
  as n (id, name, owner_operator_id, display_name, identity)
order by n.identity collate "C"
returning id
), ahead as materialized (
  select added.id, pg_advisory_xact_lock(hashtext('customer_id_seq'))
  from (select max(id) as id from added) as added, customer_id_seq s
  where added.id > s.last_value or added.id = s.last_value and not s.is_called
)
select setval('customer_id_seq', ahead.id) from ahead where ahead.id >= (select last_value from customer_id_seq);

-- insert_deliveries
insert into delivery (organization_id, id, entitlement_id, device_id, edition_id, requested_at, ended_at, file_name, file_bytes,
  file_sha1, file_sha256, ready_at, expires_at)
select $1::bigint, n.id, n.entitlement_id, n.device_id, n.edition_id, to_timestamp(n.requested_at),
  to_timestamp(n.ended_at), n.file_name, n.file_bytes, n.file_sha1, n.file_sha256,
  to_timestamp(n.ready_at), to_timestamp(n.expires_at)
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::float8[], $7::float8[],
  $8::text[], $9::bigint[], $10::text[], $11::text[], $12::float8[], $13::float8[])
  as n (id, entitlement_id, device_id, edition_id, requested_at, ended_at, file_name, file_bytes,
  file_sha1, file_sha256, ready_at, expires_at);

-- insert_device_groups
with added as (
insert into device_group (organization_id, id, customer_id, name, is_primary)
select $1::bigint, n.id, n.customer_id, n.name, n.is_primary
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::boolean[])
  as n (id, customer_id, name, is_primary)
returning id
), ahead as materialized (
  select added.id, pg_advisory_xact_lock(hashtext('device_group_id_seq'))
  from (select max(id) as id from added) as added, device_group_id_seq s
  where added.id > s.last_value or added.id = s.last_value and not s.is_called
)
select setval('device_group_id_seq', ahead.id) from ahead where ahead.id >= (select last_value from device_group_id_seq);

-- insert_devices
insert into device (organization_id, id, customer_id, kind, name, identity, registered_at, disabled_at, fingerprint_hash)
select $1::bigint, n.id, n.customer_id, n.kind, n.name, n.identity, to_timestamp(n.registered_at),
  to_timestamp(n.disabled_at), n.fingerprint_hash
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[],
  $9::bytea[])
  as n (id, customer_id, kind, name, identity, registered_at, disabled_at, fingerprint_hash)
order by n.customer_id, n.kind collate "C", n.identity collate "C";

-- insert_edition_requests
insert into edition_request (organization_id, id, entitlement_id, device_id, edition_id, requested_at)
select $1::bigint, n.id, n.entitlement_id, n.device_id, n.edition_id, to_timestamp(n.requested_at)
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::float8[])
  as n (id, entitlement_id, device_id, edition_id, requested_at);

-- insert_editions
insert into edition (organization_id, id, product_id, name, published_at, added_at, available_at, withdrawn_at, content_key,
  content_files, content_bytes, content_sha256)
select $1::bigint, n.id, n.product_id, n.name, to_timestamp(n.published_at), to_timestamp(n.added_at),
  to_timestamp(n.available_at), to_timestamp(n.withdrawn_at), n.content_key, n.content_files,
  n.content_bytes, n.content_sha256
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::float8[], $6::float8[], $7::float8[],
  $8::float8[], $9::text[], $10::integer[], $11::bigint[], $12::text[])
  as n (id, product_id, name, published_at, added_at, available_at, withdrawn_at, content_key,
  content_files, content_bytes, content_sha256);

-- insert_entitlements
insert into entitlement (organization_id, id, product_id, code, issued_at, category, starts_at, expires_at, uses_max, slots,
  reference, attention, metadata, customer_id, in_stock, secret_sealed, balance_minor,
  balance_currency, batch, details, secret_hash)
select $1::bigint, n.id, n.product_id, n.code, to_timestamp(n.issued_at), n.category,
  to_timestamp(n.starts_at), to_timestamp(n.expires_at), n.uses_max, n.slots, n.reference,
  n.attention, n.metadata, n.customer_id, n.in_stock, n.secret_sealed, n.balance_minor,
  n.balance_currency, n.batch, n.details, n.secret_hash
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::float8[], $6::text[], $7::float8[],
  $8::float8[], $9::integer[], $10::integer[], $11::text[], $12::text[], $13::jsonb[],
  $14::bigint[], $15::boolean[], $16::bytea[], $17::bigint[], $18::text[], $19::text[],
  $20::jsonb[], $21::bytea[])
  as n (id, product_id, code, issued_at, category, starts_at, expires_at, uses_max, slots,
  reference, attention, metadata, customer_id, in_stock, secret_sealed, balance_minor,
  balance_currency, batch, details, secret_hash) order by n.code collate "C";

-- insert_gate_products
insert into gate_product (organization_id, gate_id, product_id, categories)
select $1::bigint, n.gate_id, n.product_id, n.categories
from unnest($2::bigint[], $3::bigint[], $4::jsonb[])
  as n (gate_id, product_id, categories)
join product p on p.organization_id = $1 and p.id = n.product_id
order by n.gate_id, n.product_id for key share of p;

-- insert_gates
insert into gate (organization_id, id, name, rights, created_at, retired_at)
select $1::bigint, n.id, n.name, n.rights, to_timestamp(n.created_at), to_timestamp(n.retired_at)
from unnest($2::bigint[], $3::text[], $4::jsonb[], $5::float8[], $6::float8[])
  as n (id, name, rights, created_at, retired_at);

-- insert_holds
insert into hold (organization_id, id, product_id, category, quantity, reference, held_at, ends_at, ended_at, is_confirmed)
select $1::bigint, n.id, n.product_id, n.category, n.quantity, n.reference, to_timestamp(n.held_at),
  to_timestamp(n.ends_at), to_timestamp(n.ended_at), n.is_confirmed
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::integer[], $6::text[], $7::float8[],
  $8::float8[], $9::float8[], $10::boolean[])
  as n (id, product_id, category, quantity, reference, held_at, ends_at, ended_at, is_confirmed);

-- insert_hosts
insert into organization_host (organization_id, host)
select $1::bigint, n.host
from unnest($2::text[])
  as n (host) order by n.host;

-- insert_jobs
select count(*) from graphile_worker.add_jobs(
  array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)));

-- insert_operators
with added as (
insert into operator (organization_id, id, login, password_hash, role, disabled_at)
select $1::bigint, n.id, n.login, n.password_hash, n.role, to_timestamp(n.disabled_at)
from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::float8[])
  as n (id, login, password_hash, role, disabled_at)
order by n.login collate "C"
returning id
), ahead as materialized (
  select added.id, pg_advisory_xact_lock(hashtext('operator_id_seq'))
  from (select max(id) as id from added) as added, operator_id_seq s
  where added.id > s.last_value or added.id = s.last_value and not s.is_called
)
select setval('operator_id_seq', ahead.id) from ahead where ahead.id >= (select last_value from operator_id_seq);

-- insert_organization
with added as (insert into organization (id, name) values ($1, $2) on conflict do nothing returning id),
  money as (insert into currency (organization_id, code, rate, is_default) select id, 'EUR', 1, true from added)
select id from added;

-- insert_packages
insert into package (organization_id, id, edition_id, from_edition_id, file_name, file_bytes, file_sha256, ready_at)
select $1::bigint, n.id, n.edition_id, n.from_edition_id, n.file_name, n.file_bytes, n.file_sha256,
  to_timestamp(n.ready_at)
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[],
  $8::float8[])
  as n (id, edition_id, from_edition_id, file_name, file_bytes, file_sha256, ready_at);

-- insert_payments
with paid as (
insert into payment (organization_id, id, sale_id, entitlement_id, product_id, reseller_id, channel, amount_minor, currency,
  tax_minor, commission_minor, credited_minor, rate, description, paid_at, reverses)
select $1::bigint, n.id, n.sale_id, n.entitlement_id, n.product_id, n.reseller_id, n.channel, n.amount_minor,
  n.currency, n.tax_minor, n.commission_minor, n.credited_minor, n.rate / 1000000000,
  n.description, to_timestamp(n.paid_at), n.reverses
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
  $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::numeric[],
  $14::text[], $15::float8[], $16::bigint[])
  as n (id, sale_id, entitlement_id, product_id, reseller_id, channel, amount_minor, currency,
  tax_minor, commission_minor, credited_minor, rate, description, paid_at, reverses)
returning *)
insert into payment_sum as s (organization_id, minutes, since, product_id, reseller_id, channel, currency, is_sale, is_reversal,
  payments, amount_minor, tax_minor, commission_minor)
select organization_id, g.minutes, date_bin(g.minutes * interval '1 minute', paid_at, 'epoch') as since, product_id,
  coalesce(reseller_id, 0) as reseller, channel, currency, sale_id is not null as is_sale,
  reverses is not null as is_reversal, count(*), sum(amount_minor), sum(tax_minor), sum(commission_minor)
from paid cross join unnest('{15,60,240,1440}'::integer[]) as g (minutes)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9
order by minutes, since, product_id, reseller, channel collate "C", currency collate "C", is_sale, is_reversal
on conflict (organization_id, minutes, since, product_id, reseller_id, channel, currency, is_sale, is_reversal) do update
set payments = s.payments + excluded.payments, amount_minor = s.amount_minor + excluded.amount_minor,
  tax_minor = s.tax_minor + excluded.tax_minor, commission_minor = s.commission_minor + excluded.commission_minor;

-- insert_phone_accounts
insert into phone_account (organization_id, device_id, type, device_group_id, host, port, caller_id, description, is_hidden)
select $1::bigint, n.device_id, n.type, n.device_group_id, n.host, n.port, n.caller_id, n.description,
  n.is_hidden
from unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::integer[], $7::text[], $8::text[],
  $9::boolean[])
  as n (device_id, type, device_group_id, host, port, caller_id, description, is_hidden);

-- insert_phones
with added as (
insert into device (organization_id, id, customer_id, name, kind, registered_at)
select $1::bigint, n.id, n.customer_id, n.name, 'phone', now()
from unnest($2::bigint[], $3::bigint[], $4::text[])
  as n (id, customer_id, name)
returning id
), ahead as materialized (
  select added.id, pg_advisory_xact_lock(hashtext('device_id_seq'))
  from (select max(id) as id from added) as added, device_id_seq s
  where added.id > s.last_value or added.id = s.last_value and not s.is_called
)
select setval('device_id_seq', ahead.id) from ahead where ahead.id >= (select last_value from device_id_seq);

-- insert_products
with added as (
insert into product (organization_id, id, kind, name, description, starts_at, ends_at, capacity, issued, ever_issued, created_at,
  closed_at, closed_renewable, retired_at, price_minor, currency, owner_operator_id, tax_ppm,
  number_digits, secret_digits, image_url, in_stock, prices, renews_pin, slots, uses_max,
  uses_per, reentry, categories, time_zone, attention, metadata)
select $1::bigint, n.id, n.kind, n.name, n.description, to_timestamp(n.starts_at), to_timestamp(n.ends_at),
  n.capacity, n.issued, n.ever_issued, to_timestamp(n.created_at), to_timestamp(n.closed_at),
  n.closed_renewable, to_timestamp(n.retired_at), n.price_minor, n.currency,
  n.owner_operator_id, n.tax_ppm, n.number_digits, n.secret_digits, n.image_url, n.in_stock,
  n.prices, n.renews_pin, n.slots, n.uses_max, n.uses_per, n.reentry, n.categories,
  n.time_zone, n.attention, n.metadata
from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::bigint[],
  $9::bigint[], $10::boolean[], $11::float8[], $12::float8[], $13::boolean[], $14::float8[],
  $15::bigint[], $16::text[], $17::bigint[], $18::integer[], $19::integer[], $20::integer[],
  $21::text[], $22::bigint[], $23::jsonb[], $24::boolean[], $25::integer[], $26::integer[],
  $27::text[], $28::text[], $29::jsonb[], $30::text[], $31::text[], $32::jsonb[])
  as n (id, kind, name, description, starts_at, ends_at, capacity, issued, ever_issued, created_at,
  closed_at, closed_renewable, retired_at, price_minor, currency, owner_operator_id, tax_ppm,
  number_digits, secret_digits, image_url, in_stock, prices, renews_pin, slots, uses_max,
  uses_per, reentry, categories, time_zone, attention, metadata)
returning id
), ahead as materialized (
  select added.id, pg_advisory_xact_lock(hashtext('product_id_seq'))
  from (select max(id) as id from added) as added, product_id_seq s
  where added.id > s.last_value or added.id = s.last_value and not s.is_called
)
select setval('product_id_seq', ahead.id) from ahead where ahead.id >= (select last_value from product_id_seq);

-- insert_replaced_codes
insert into replaced_code (organization_id, code, product_id, entitlement_id, replaced_at)
select $1::bigint, n.code, n.product_id, n.entitlement_id, to_timestamp(n.replaced_at)
from unnest($2::text[], $3::bigint[], $4::bigint[], $5::float8[])
  as n (code, product_id, entitlement_id, replaced_at) order by n.code collate "C";

-- insert_sales
insert into sale (organization_id, id, product_id, email, channel, operator_id, reference, sold_at)
select $1::bigint, n.id, n.product_id, n.email, n.channel, n.operator_id, n.reference,
  to_timestamp(n.sold_at)
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::float8[])
  as n (id, product_id, email, channel, operator_id, reference, sold_at);

-- insert_tokens
insert into api_token (organization_id, id, token_hash, operator_id, name, limits, expires_at)
select $1::bigint, nextval('api_token_id_seq'), n.token_hash, n.operator_id, n.name, n.limits, to_timestamp(n.expires_at)
from unnest($2::bytea[], $3::bigint[], $4::text[], $5::jsonb[], $6::float8[])
  as n (token_hash, operator_id, name, limits, expires_at)
on conflict (organization_id, token_hash) do update set revoked_at = null, expires_at = excluded.expires_at,
  name = excluded.name, limits = excluded.limits;

-- insert_uses
insert into entitlement_use (organization_id, entitlement_id, number, product_id, reported_at, recorded_at, direction, count,
  access_key_id, operator_id, gate_id, address, at, refusal, answer, undone_at, conflict_id)
select $1::bigint, n.entitlement_id, n.number, n.product_id, to_timestamp(n.reported_at),
  to_timestamp(n.recorded_at), n.direction, n.count, n.access_key_id, n.operator_id,
  n.gate_id, n.address, to_timestamp(n.at), n.refusal, n.answer, to_timestamp(n.undone_at), case when n.refusal is not null then coalesce(null, nextval('conflict_id_seq')) end
from unnest($2::bigint[], $3::integer[], $4::bigint[], $5::float8[], $6::float8[], $7::text[],
  $8::integer[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::float8[],
  $14::text[], $15::text[], $16::float8[])
  as n (entitlement_id, number, product_id, reported_at, recorded_at, direction, count,
  access_key_id, operator_id, gate_id, address, at, refusal, answer, undone_at);

-- last_change
select max(last.id) from unnest($2::bigint[]) as n (product_id),
  lateral (
    select a.id from action a
    where a.organization_id = $1 and a.product_id = n.product_id and a.refusal is null
    order by a.id desc limit 1
  ) as last;

-- link_access_keys
insert into product_access_key (organization_id, product_id, access_key_id, position, categories)
       select distinct on (n.product_id, n.position) $1::bigint, n.product_id, k.id, n.position, n.categories
       from unnest($2::bigint[], $3::bytea[], $4::integer[], $5::jsonb[])
  as n (product_id, hash, position, categories)
       join access_key k on k.organization_id = $1 and k.key_hash = n.hash
       order by n.product_id, n.position, k.id;

-- link_gate_access_keys
insert into gate_access_key (organization_id, access_key_id, gate_id, position)
select distinct on (n.gate_id, n.position) $1::bigint, k.id, n.gate_id, n.position
from unnest($2::bigint[], $3::bytea[], $4::integer[])
  as n (gate_id, hash, position)
join access_key k on k.organization_id = $1 and k.key_hash = n.hash
order by n.gate_id, n.position, k.id;

-- list_access_keys
select k.id, k.key_sealed, p.id, p.name
from access_key k
join product_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
join product p on p.organization_id = l.organization_id and p.id = l.product_id
where k.organization_id = $1 and p.kind = $2 and p.retired_at is null
order by p.id;

-- list_device_groups
select g.id, g.customer_id, g.name, g.is_primary,
  (select count(*) from phone_account a
  where a.organization_id = $1 and a.device_group_id = g.id) from device_group g where g.organization_id = $1 and g.customer_id = $2 order by g.id;

-- list_devices
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null from device d
where d.organization_id = $1 and d.kind = $2 and d.customer_id = any($3::bigint[]) order by d.name, d.id;

-- list_gates
select g.id, g.name, g.rights, g.created_at, g.retired_at,
  (select coalesce(jsonb_agg(jsonb_build_object('productId', a.product_id, 'categories', a.categories)
    order by a.product_id), '[]')
  from gate_product a where a.organization_id = g.organization_id and a.gate_id = g.id),
  array(select k.key_sealed from gate_access_key l
  join access_key k on k.organization_id = l.organization_id and k.id = l.access_key_id
  where l.organization_id = g.organization_id and l.gate_id = g.id order by l.position) from gate g where g.organization_id = $1 order by g.id;

-- list_operators
select o.id, o.login, o.role, o.created_at, o.disabled_at from operator o where o.organization_id = $1 order by o.login;

-- list_replaced_codes
select r.code, r.product_id, r.entitlement_id, r.replaced_at from replaced_code r
where r.organization_id = $1 and r.entitlement_id = $2 order by r.replaced_at, r.code collate "C";

-- list_reseller_terms
select t.product_id, t.operator_id, t.price_minor::text, t.price_currency, t.commission_ppm,
  t.quota, t.sold,
  o.login, p.name from reseller_terms t
join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
join product p on p.organization_id = t.organization_id and p.id = t.product_id
where t.organization_id = $1 and ($2::bigint is null or t.operator_id = $2) and p.retired_at is null
order by o.login, t.product_id;

-- lock_currencies none
select c.code, trunc(c.rate * 1000000000)::text, c.is_default from currency c
where c.organization_id = $1 and (c.code = any($2::text[]) or $3) order by c.code;

-- lock_currencies skip
select c.code, trunc(c.rate * 1000000000)::text, c.is_default from currency c
where c.organization_id = $1 and (c.code = any($2::text[]) or $3) order by c.code for no key update of c skip locked;

-- lock_currencies wait
select c.code, trunc(c.rate * 1000000000)::text, c.is_default from currency c
where c.organization_id = $1 and (c.code = any($2::text[]) or $3) order by c.code for no key update of c;

-- lock_customers none
select c.id, c.name, c.owner_operator_id, c.display_name from customer c
where c.organization_id = $1 and (c.identity = any($2::text[]) or c.id = any($3::bigint[])) order by c.id;

-- lock_customers skip
select c.id, c.name, c.owner_operator_id, c.display_name from customer c
where c.organization_id = $1 and (c.identity = any($2::text[]) or c.id = any($3::bigint[])) order by c.id for no key update of c skip locked;

-- lock_customers wait
select c.id, c.name, c.owner_operator_id, c.display_name from customer c
where c.organization_id = $1 and (c.identity = any($2::text[]) or c.id = any($3::bigint[])) order by c.id for no key update of c;

-- lock_deliveries none
select v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at,
  v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at from delivery v
where v.organization_id = $1 and v.ended_at is null and v.id = any(array(
  select w.id from entitlement e
  join delivery w on w.organization_id = e.organization_id and w.entitlement_id = e.id and w.ended_at is null
  where e.organization_id = $1 and e.code = any($2::text[])
  union all
  select w.id from (select f.id from unnest($3::bigint[], $4::text[], $5::text[])
  as n (customer_id, kind, identity)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($6::bigint[], $7::bytea[])
  as n (customer_id, hash)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash) as f
  join delivery w on w.organization_id = $1 and w.device_id = f.id and w.ended_at is null))
order by v.id;

-- lock_deliveries skip
select v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at,
  v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at from delivery v
where v.organization_id = $1 and v.ended_at is null and v.id = any(array(
  select w.id from entitlement e
  join delivery w on w.organization_id = e.organization_id and w.entitlement_id = e.id and w.ended_at is null
  where e.organization_id = $1 and e.code = any($2::text[])
  union all
  select w.id from (select f.id from unnest($3::bigint[], $4::text[], $5::text[])
  as n (customer_id, kind, identity)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($6::bigint[], $7::bytea[])
  as n (customer_id, hash)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash) as f
  join delivery w on w.organization_id = $1 and w.device_id = f.id and w.ended_at is null))
order by v.id for no key update of v skip locked;

-- lock_deliveries wait
select v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at,
  v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at from delivery v
where v.organization_id = $1 and v.ended_at is null and v.id = any(array(
  select w.id from entitlement e
  join delivery w on w.organization_id = e.organization_id and w.entitlement_id = e.id and w.ended_at is null
  where e.organization_id = $1 and e.code = any($2::text[])
  union all
  select w.id from (select f.id from unnest($3::bigint[], $4::text[], $5::text[])
  as n (customer_id, kind, identity)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($6::bigint[], $7::bytea[])
  as n (customer_id, hash)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash) as f
  join delivery w on w.organization_id = $1 and w.device_id = f.id and w.ended_at is null))
order by v.id for no key update of v;

-- lock_device_groups none
select g.id, g.customer_id, g.name, g.is_primary from device_group g
where g.organization_id = $1 and (g.id = any($2::bigint[]) or g.customer_id = any($3::bigint[])
  or g.customer_id in (select o.customer_id from device_group o where o.organization_id = $1 and o.id = any($4::bigint[])))
order by g.id;

-- lock_device_groups skip
select g.id, g.customer_id, g.name, g.is_primary from device_group g
where g.organization_id = $1 and (g.id = any($2::bigint[]) or g.customer_id = any($3::bigint[])
  or g.customer_id in (select o.customer_id from device_group o where o.organization_id = $1 and o.id = any($4::bigint[])))
order by g.id for no key update of g skip locked;

-- lock_device_groups wait
select g.id, g.customer_id, g.name, g.is_primary from device_group g
where g.organization_id = $1 and (g.id = any($2::bigint[]) or g.customer_id = any($3::bigint[])
  or g.customer_id in (select o.customer_id from device_group o where o.organization_id = $1 and o.id = any($4::bigint[])))
order by g.id for no key update of g;

-- lock_devices none
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null,
  d.fingerprint_hash from device d
where d.organization_id = $1 and d.id in (
  select f.id from unnest($2::bigint[], $3::text[], $4::text[])
  as n (customer_id, kind, identity)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($5::bigint[], $6::bytea[])
  as n (customer_id, hash)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash
  union all
  select f.id from unnest($7::text[], $8::text[], $9::text[])
  as n (code, kind, identity)
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join device f on f.organization_id = $1 and f.customer_id = e.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($7::text[], $8::text[], $9::text[])
  as n (code, kind, identity)
  join entitlement e on e.organization_id = $1 and e.code = n.code and e.customer_id is null
  join device f on f.organization_id = $1 and f.customer_id is null and f.kind = n.kind and f.identity = n.identity)
order by d.id;

-- lock_devices skip
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null,
  d.fingerprint_hash from device d
where d.organization_id = $1 and d.id in (
  select f.id from unnest($2::bigint[], $3::text[], $4::text[])
  as n (customer_id, kind, identity)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($5::bigint[], $6::bytea[])
  as n (customer_id, hash)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash
  union all
  select f.id from unnest($7::text[], $8::text[], $9::text[])
  as n (code, kind, identity)
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join device f on f.organization_id = $1 and f.customer_id = e.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($7::text[], $8::text[], $9::text[])
  as n (code, kind, identity)
  join entitlement e on e.organization_id = $1 and e.code = n.code and e.customer_id is null
  join device f on f.organization_id = $1 and f.customer_id is null and f.kind = n.kind and f.identity = n.identity)
order by d.id for no key update of d skip locked;

-- lock_devices wait
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null,
  d.fingerprint_hash from device d
where d.organization_id = $1 and d.id in (
  select f.id from unnest($2::bigint[], $3::text[], $4::text[])
  as n (customer_id, kind, identity)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($5::bigint[], $6::bytea[])
  as n (customer_id, hash)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash
  union all
  select f.id from unnest($7::text[], $8::text[], $9::text[])
  as n (code, kind, identity)
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join device f on f.organization_id = $1 and f.customer_id = e.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($7::text[], $8::text[], $9::text[])
  as n (code, kind, identity)
  join entitlement e on e.organization_id = $1 and e.code = n.code and e.customer_id is null
  join device f on f.organization_id = $1 and f.customer_id is null and f.kind = n.kind and f.identity = n.identity)
order by d.id for no key update of d;

-- lock_edition_requests none
select q.id, q.entitlement_id, q.device_id, q.edition_id, q.requested_at from edition_request q
where q.organization_id = $1 and q.entitlement_id in (
  select e.id from entitlement e where e.organization_id = $1 and e.code = any($2::text[]))
order by q.id;

-- lock_edition_requests skip
select q.id, q.entitlement_id, q.device_id, q.edition_id, q.requested_at from edition_request q
where q.organization_id = $1 and q.entitlement_id in (
  select e.id from entitlement e where e.organization_id = $1 and e.code = any($2::text[]))
order by q.id for no key update of q skip locked;

-- lock_edition_requests wait
select q.id, q.entitlement_id, q.device_id, q.edition_id, q.requested_at from edition_request q
where q.organization_id = $1 and q.entitlement_id in (
  select e.id from entitlement e where e.organization_id = $1 and e.code = any($2::text[]))
order by q.id for no key update of q;

-- lock_entitlements none
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.customer_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.code = any($2::text[]) order by e.code;

-- lock_entitlements skip
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.customer_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.code = any($2::text[]) order by e.code for no key update of e skip locked;

-- lock_entitlements wait
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.customer_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.code = any($2::text[]) order by e.code for no key update of e;

-- lock_gates none
select g.id from gate g where g.organization_id = $1 and g.id = any(array(
  select f.id from gate f where f.organization_id = $1 and f.id = any($2::bigint[])
  union all
  select f.id from gate f where f.organization_id = $1 and f.name = any($3::text[]) and f.retired_at is null
  union all
  select l.gate_id from access_key k
  join gate_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
  where k.organization_id = $1 and k.key_hash = any($4::bytea[])))
order by g.id;

-- lock_gates skip
select g.id from gate g where g.organization_id = $1 and g.id = any(array(
  select f.id from gate f where f.organization_id = $1 and f.id = any($2::bigint[])
  union all
  select f.id from gate f where f.organization_id = $1 and f.name = any($3::text[]) and f.retired_at is null
  union all
  select l.gate_id from access_key k
  join gate_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
  where k.organization_id = $1 and k.key_hash = any($4::bytea[])))
order by g.id for no key update of g skip locked;

-- lock_gates wait
select g.id from gate g where g.organization_id = $1 and g.id = any(array(
  select f.id from gate f where f.organization_id = $1 and f.id = any($2::bigint[])
  union all
  select f.id from gate f where f.organization_id = $1 and f.name = any($3::text[]) and f.retired_at is null
  union all
  select l.gate_id from access_key k
  join gate_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
  where k.organization_id = $1 and k.key_hash = any($4::bytea[])))
order by g.id for no key update of g;

-- lock_hosts none
select h.host, h.organization_id = $1 from organization_host h
where h.host = any($2::text[]) order by h.host;

-- lock_hosts skip
select h.host, h.organization_id = $1 from organization_host h
where h.host = any($2::text[]) order by h.host for no key update of h skip locked;

-- lock_hosts wait
select h.host, h.organization_id = $1 from organization_host h
where h.host = any($2::text[]) order by h.host for no key update of h;

-- lock_numbered_tokens none
select t.id, t.operator_id, t.expires_at, t.revoked_at from api_token t
where t.organization_id = $1 and t.id = any($2::bigint[]) order by t.id;

-- lock_numbered_tokens skip
select t.id, t.operator_id, t.expires_at, t.revoked_at from api_token t
where t.organization_id = $1 and t.id = any($2::bigint[]) order by t.id for no key update of t skip locked;

-- lock_numbered_tokens wait
select t.id, t.operator_id, t.expires_at, t.revoked_at from api_token t
where t.organization_id = $1 and t.id = any($2::bigint[]) order by t.id for no key update of t;

-- lock_operator_settings none
select s.name, s.value, o.login
from unnest($2::text[], $3::text[])
  as n (name, login)
join operator o on o.organization_id = $1 and o.login = n.login
join operator_setting s on s.organization_id = $1 and s.operator_id = o.id and s.name = n.name
order by s.operator_id, s.name;

-- lock_operator_settings skip
select s.name, s.value, o.login
from unnest($2::text[], $3::text[])
  as n (name, login)
join operator o on o.organization_id = $1 and o.login = n.login
join operator_setting s on s.organization_id = $1 and s.operator_id = o.id and s.name = n.name
order by s.operator_id, s.name for no key update of s skip locked;

-- lock_operator_settings wait
select s.name, s.value, o.login
from unnest($2::text[], $3::text[])
  as n (name, login)
join operator o on o.organization_id = $1 and o.login = n.login
join operator_setting s on s.organization_id = $1 and s.operator_id = o.id and s.name = n.name
order by s.operator_id, s.name for no key update of s;

-- lock_operators none
select o.id, o.login, o.password_hash, o.role, o.disabled_at from operator o
where o.organization_id = $1
  and (o.login = any($2::text[]) or $3 and o.role = 'owner' and o.disabled_at is null or $4 or o.id = any($5::bigint[]))
order by o.id;

-- lock_operators skip
select o.id, o.login, o.password_hash, o.role, o.disabled_at from operator o
where o.organization_id = $1
  and (o.login = any($2::text[]) or $3 and o.role = 'owner' and o.disabled_at is null or $4 or o.id = any($5::bigint[]))
order by o.id for no key update of o skip locked;

-- lock_operators wait
select o.id, o.login, o.password_hash, o.role, o.disabled_at from operator o
where o.organization_id = $1
  and (o.login = any($2::text[]) or $3 and o.role = 'owner' and o.disabled_at is null or $4 or o.id = any($5::bigint[]))
order by o.id for no key update of o;

-- lock_organization none
select o.name from organization o where o.id = $1;

-- lock_organization skip
select o.name from organization o where o.id = $1 for no key update of o skip locked;

-- lock_organization wait
select o.name from organization o where o.id = $1 for no key update of o;

-- lock_phones none
select d.id, d.customer_id, d.name, a.type, a.device_group_id, a.host, a.port, a.caller_id,
  a.description, a.is_hidden from device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
where d.organization_id = $1 and d.id in (
  select unnest($2::bigint[])
  union all
  select any_one.device_id from unnest($3::bigint[]) as asked (group_id)
  cross join lateral (select p.device_id from phone_account p
    where p.organization_id = $1 and p.device_group_id = asked.group_id limit 1) as any_one)
order by d.id;

-- lock_phones skip
select d.id, d.customer_id, d.name, a.type, a.device_group_id, a.host, a.port, a.caller_id,
  a.description, a.is_hidden from device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
where d.organization_id = $1 and d.id in (
  select unnest($2::bigint[])
  union all
  select any_one.device_id from unnest($3::bigint[]) as asked (group_id)
  cross join lateral (select p.device_id from phone_account p
    where p.organization_id = $1 and p.device_group_id = asked.group_id limit 1) as any_one)
order by d.id for no key update of d skip locked;

-- lock_phones wait
select d.id, d.customer_id, d.name, a.type, a.device_group_id, a.host, a.port, a.caller_id,
  a.description, a.is_hidden from device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
where d.organization_id = $1 and d.id in (
  select unnest($2::bigint[])
  union all
  select any_one.device_id from unnest($3::bigint[]) as asked (group_id)
  cross join lateral (select p.device_id from phone_account p
    where p.organization_id = $1 and p.device_group_id = asked.group_id limit 1) as any_one)
order by d.id for no key update of d;

-- lock_products none
select p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued,
  p.ever_issued, p.created_at, p.closed_at, p.closed_renewable, p.retired_at,
  p.price_minor::text, p.currency, p.owner_operator_id, p.tax_ppm, p.number_digits,
  p.secret_digits, p.image_url,
  p.in_stock, p.prices, p.renews_pin, p.slots, p.uses_max, p.uses_per, p.reentry,
  p.categories, p.time_zone, p.attention, p.metadata from product p
     where p.organization_id = $1 and p.id = any($2::bigint[]) order by p.id;

-- lock_products skip
select p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued,
  p.ever_issued, p.created_at, p.closed_at, p.closed_renewable, p.retired_at,
  p.price_minor::text, p.currency, p.owner_operator_id, p.tax_ppm, p.number_digits,
  p.secret_digits, p.image_url,
  p.in_stock, p.prices, p.renews_pin, p.slots, p.uses_max, p.uses_per, p.reentry,
  p.categories, p.time_zone, p.attention, p.metadata from product p
     where p.organization_id = $1 and p.id = any($2::bigint[]) order by p.id for no key update of p skip locked;

-- lock_products wait
select p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued,
  p.ever_issued, p.created_at, p.closed_at, p.closed_renewable, p.retired_at,
  p.price_minor::text, p.currency, p.owner_operator_id, p.tax_ppm, p.number_digits,
  p.secret_digits, p.image_url,
  p.in_stock, p.prices, p.renews_pin, p.slots, p.uses_max, p.uses_per, p.reentry,
  p.categories, p.time_zone, p.attention, p.metadata from product p
     where p.organization_id = $1 and p.id = any($2::bigint[]) order by p.id for no key update of p;

-- lock_reseller_terms none
select t.product_id, t.operator_id, t.price_minor::text, t.price_currency, t.commission_ppm,
  t.quota, t.sold from reseller_terms t
where t.organization_id = $1 and t.product_id = any($2::bigint[])
  and (t.product_id || ' ' || t.operator_id = any($3::text[]) or t.product_id = any($4::bigint[]))
order by t.product_id, t.operator_id;

-- lock_reseller_terms skip
select t.product_id, t.operator_id, t.price_minor::text, t.price_currency, t.commission_ppm,
  t.quota, t.sold from reseller_terms t
where t.organization_id = $1 and t.product_id = any($2::bigint[])
  and (t.product_id || ' ' || t.operator_id = any($3::text[]) or t.product_id = any($4::bigint[]))
order by t.product_id, t.operator_id for no key update of t skip locked;

-- lock_reseller_terms wait
select t.product_id, t.operator_id, t.price_minor::text, t.price_currency, t.commission_ppm,
  t.quota, t.sold from reseller_terms t
where t.organization_id = $1 and t.product_id = any($2::bigint[])
  and (t.product_id || ' ' || t.operator_id = any($3::text[]) or t.product_id = any($4::bigint[]))
order by t.product_id, t.operator_id for no key update of t;

-- lock_secret_spaces none
select s.digits, s.used::text from secret_space s
where s.organization_id = $1 and s.digits = any($2::integer[]) order by s.digits;

-- lock_secret_spaces skip
select s.digits, s.used::text from secret_space s
where s.organization_id = $1 and s.digits = any($2::integer[]) order by s.digits for no key update of s skip locked;

-- lock_secret_spaces wait
select s.digits, s.used::text from secret_space s
where s.organization_id = $1 and s.digits = any($2::integer[]) order by s.digits for no key update of s;

-- lock_settings none
select s.name, s.value from setting s
where s.organization_id = $1 and s.name = any($2::text[]) order by s.name;

-- lock_settings skip
select s.name, s.value from setting s
where s.organization_id = $1 and s.name = any($2::text[]) order by s.name for no key update of s skip locked;

-- lock_settings wait
select s.name, s.value from setting s
where s.organization_id = $1 and s.name = any($2::text[]) order by s.name for no key update of s;

-- lock_stock none
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details,
  e.customer_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.id = any(array(
  select n.id from entitlement n where n.organization_id = $1 and n.code = any($2::text[])
  union all
  select s.id from unnest($3::bigint[], $4::integer[]) as w (product_id, count), lateral (
    select n.id from entitlement n
    where n.organization_id = $1 and n.product_id = w.product_id and n.in_stock
      and n.suspended_at is null and (n.held_until is null or n.held_until <= to_timestamp($5))
    order by n.code collate "C"
    limit w.count + (
      select count(*) from entitlement m
      where m.organization_id = $1 and m.code = any($2::text[]) and m.product_id = w.product_id and m.in_stock)) as s
  union all
  select k.id from hold h
  join entitlement k on k.organization_id = $1 and k.hold_id = h.id and k.in_stock
  where h.organization_id = $1 and h.product_id = any($3::bigint[]) and h.ended_at is null
    and h.ends_at > to_timestamp($5) and h.ends_at <= to_timestamp($6)
  union all
  select k.id from entitlement k where k.organization_id = $1 and k.hold_id = any($7::bigint[]) and k.in_stock))
order by e.code;

-- lock_stock skip
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details,
  e.customer_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.id = any(array(
  select n.id from entitlement n where n.organization_id = $1 and n.code = any($2::text[])
  union all
  select s.id from unnest($3::bigint[], $4::integer[]) as w (product_id, count), lateral (
    select n.id from entitlement n
    where n.organization_id = $1 and n.product_id = w.product_id and n.in_stock
      and n.suspended_at is null and (n.held_until is null or n.held_until <= to_timestamp($5))
    order by n.code collate "C"
    limit w.count + (
      select count(*) from entitlement m
      where m.organization_id = $1 and m.code = any($2::text[]) and m.product_id = w.product_id and m.in_stock)) as s
  union all
  select k.id from hold h
  join entitlement k on k.organization_id = $1 and k.hold_id = h.id and k.in_stock
  where h.organization_id = $1 and h.product_id = any($3::bigint[]) and h.ended_at is null
    and h.ends_at > to_timestamp($5) and h.ends_at <= to_timestamp($6)
  union all
  select k.id from entitlement k where k.organization_id = $1 and k.hold_id = any($7::bigint[]) and k.in_stock))
order by e.code for no key update of e skip locked;

-- lock_stock wait
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details,
  e.customer_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.id = any(array(
  select n.id from entitlement n where n.organization_id = $1 and n.code = any($2::text[])
  union all
  select s.id from unnest($3::bigint[], $4::integer[]) as w (product_id, count), lateral (
    select n.id from entitlement n
    where n.organization_id = $1 and n.product_id = w.product_id and n.in_stock
      and n.suspended_at is null and (n.held_until is null or n.held_until <= to_timestamp($5))
    order by n.code collate "C"
    limit w.count + (
      select count(*) from entitlement m
      where m.organization_id = $1 and m.code = any($2::text[]) and m.product_id = w.product_id and m.in_stock)) as s
  union all
  select k.id from hold h
  join entitlement k on k.organization_id = $1 and k.hold_id = h.id and k.in_stock
  where h.organization_id = $1 and h.product_id = any($3::bigint[]) and h.ended_at is null
    and h.ends_at > to_timestamp($5) and h.ends_at <= to_timestamp($6)
  union all
  select k.id from entitlement k where k.organization_id = $1 and k.hold_id = any($7::bigint[]) and k.in_stock))
order by e.code for no key update of e;

-- lock_tokens none
select t.token_hash, t.operator_id, t.name, t.limits, t.expires_at, t.revoked_at from api_token t
where t.organization_id = $1 and t.token_hash = any($2::bytea[]) order by t.id;

-- lock_tokens skip
select t.token_hash, t.operator_id, t.name, t.limits, t.expires_at, t.revoked_at from api_token t
where t.organization_id = $1 and t.token_hash = any($2::bytea[]) order by t.id for no key update of t skip locked;

-- lock_tokens wait
select t.token_hash, t.operator_id, t.name, t.limits, t.expires_at, t.revoked_at from api_token t
where t.organization_id = $1 and t.token_hash = any($2::bytea[]) order by t.id for no key update of t;

-- make_secret_spaces
insert into secret_space (organization_id, digits)
select $1::bigint, n.digits from unnest($2::integer[]) as n (digits) order by n.digits on conflict do nothing;

-- note_token_use
update api_token set last_used_at = now() where organization_id = $1 and id = $2
  and (last_used_at is null or last_used_at < now() - interval '1 minute');

-- page_actions_entitlements
select * from (
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id from action a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
where a.organization_id = $1 and a.product_id = $2 and a.id > $3 and a.refusal is null and a.kind like 'entitlement\_%'
order by a.id
limit 500) as page limit $4::bigint;

-- page_actions_product
select * from (
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id from action a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
where a.organization_id = $1 and a.product_id = $2 and a.id > $3 and a.refusal is null and a.kind like 'product\_%'
order by a.id
limit 500) as page limit $4::bigint;

-- page_actions_range
select * from (
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id from action a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
where a.organization_id = $1 and a.product_id = $2 and a.id > $3 and a.refusal is null and a.entitlement_id in (
    select e.id from entitlement e
    where e.organization_id = $1 and e.product_id = $2 and not e.in_stock
      and e.code_number between $4::numeric and $5::numeric)
order by a.id
limit 500) as page limit $6::bigint;

-- page_cards
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from ((select e.* from entitlement e
  where e.organization_id = $1 and e.product_id = $2 and e.in_stock and e.code collate "C" > $3 and e.code_number >= $4::numeric and e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6) order by e.code collate "C" limit 500) union all (select e.* from entitlement e
  where e.organization_id = $1 and e.product_id = $2 and not e.in_stock and (e.code_number, e.code) > ($4::numeric, $3) and e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6) order by e.code_number, e.code limit 500)) as e
left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where exists (
  select from product p where p.organization_id = $1 and p.id = $2 and p.kind = $7 and p.retired_at is null
    and p.owner_operator_id is not distinct from $8)
order by e.code_number, e.code
limit 500) as page limit $9::bigint;

-- page_cards_in_stock
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from ((select e.* from entitlement e
  where e.organization_id = $1 and e.product_id = $2 and e.in_stock and e.code collate "C" > $3 and e.code_number >= $4::numeric and e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6) order by e.code collate "C" limit 500)) as e
left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where exists (
  select from product p where p.organization_id = $1 and p.id = $2 and p.kind = $7 and p.retired_at is null
    and p.owner_operator_id is not distinct from $8)
order by e.code_number, e.code
limit 500) as page limit $9::bigint;

-- page_cards_sold
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from ((select e.* from entitlement e
  where e.organization_id = $1 and e.product_id = $2 and not e.in_stock and (e.code_number, e.code) > ($4::numeric, $3) and e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6) order by e.code_number, e.code limit 500)) as e
left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where exists (
  select from product p where p.organization_id = $1 and p.id = $2 and p.kind = $7 and p.retired_at is null
    and p.owner_operator_id is not distinct from $8)
order by e.code_number, e.code
limit 500) as page limit $9::bigint;

-- page_conflicts
select * from (
select f.id, f.entitlement_id, e.code, e.category, f.refusal, f.recorded_at,
  f.kept_at, f.kept_by_access_key_id, kept_key.key_sealed, f.kept_by_operator_id,
  f.kept_at_gate_id, f.kept_from,
  f.lost_at, f.lost_by_access_key_id, lost_key.key_sealed, f.lost_by_operator_id,
  f.lost_at_gate_id, f.lost_from
from (
  (select id, entitlement_id, refusal, recorded_at, kept_at, kept_by_access_key_id, kept_by_operator_id, kept_at_gate_id, kept_from, lost_at, lost_by_access_key_id, lost_by_operator_id, lost_at_gate_id, lost_from
  from conflict
  where organization_id = $1 and product_id = $2 and id > $3
  order by id
  limit 500)
  union all
  (select u.conflict_id, u.entitlement_id, u.refusal, u.recorded_at, case when u.refusal = 'already_redeemed' then o.redeemed_at end, case when u.refusal = 'already_redeemed' then o.redeemed_by_access_key_id end, case when u.refusal = 'already_redeemed' then o.redeemed_by_operator_id end, case when u.refusal = 'already_redeemed' then o.redeemed_at_gate_id end, case when u.refusal = 'already_redeemed' then o.redeemed_from end, u.at, u.access_key_id, u.operator_id, u.gate_id, u.address
  from entitlement_use u
  join entitlement o on o.organization_id = u.organization_id and o.id = u.entitlement_id
  where u.organization_id = $1 and u.product_id = $2 and u.conflict_id > $3
  order by u.conflict_id
  limit 500)) as f
join entitlement e on e.organization_id = $1 and e.id = f.entitlement_id
left join access_key kept_key on kept_key.organization_id = $1 and kept_key.id = f.kept_by_access_key_id
left join access_key lost_key on lost_key.organization_id = $1 and lost_key.id = f.lost_by_access_key_id
order by f.id
limit 500) as page limit $4::bigint;

-- page_customer_actions
select * from (
select a.id, a.kind, a.code, a.occurred_at, a.address, d.name
from (
  select a.* from entitlement e join action a on a.organization_id = $1 and a.entitlement_id = e.id
  where e.organization_id = $1 and e.customer_id = $2 and a.id > $3 and a.refusal is null
  union all
  select a.* from device o
  join action a on a.organization_id = $1 and a.product_id = 0 and a.device_id = o.id
  where o.organization_id = $1 and o.customer_id = $2 and a.id > $3 and a.refusal is null
) as a
left join device d on d.organization_id = $1 and d.id = a.device_id
order by a.id
limit 500) as page limit $4::bigint;

-- page_customers
select * from (
select c.id, c.name, c.owner_operator_id, c.display_name, c.password_hash is not null,
  c.created_at from customer c
where c.organization_id = $1 and c.id > $2
  and ($3::text is null or strpos(lower(c.name), lower($3)) > 0 or strpos(lower(c.display_name), lower($3)) > 0)
  and (not $4 or c.owner_operator_id is not distinct from $5)
order by c.id
limit 500) as page limit $6::bigint;

-- page_deliveries
select * from (
select v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at,
  v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at,
  e.product_id, e.code, e.category from delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id
where v.organization_id = $1 and v.id < $2 and ($3::bigint is null or e.product_id = $3)
  and (not $4::boolean or v.ended_at is null)
  and ($5::bigint[] is null or e.product_id = any($5)) and ($6::text[] is null or e.category = any($6))
order by v.id desc
limit 500) as page limit $7::bigint;

-- page_deliveries_of_entitlement
select * from (
select v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at,
  v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at,
  e.product_id, e.code, e.category from delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id
where v.organization_id = $1 and v.id < $2 and ($3::bigint is null or e.product_id = $3)
  and (not $4::boolean or v.ended_at is null)
  and ($5::bigint[] is null or e.product_id = any($5)) and ($6::text[] is null or e.category = any($6)) and v.entitlement_id = $7
order by v.id desc
limit 500) as page limit $8::bigint;

-- page_devices
select * from (
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null from device d left join customer c on c.organization_id = d.organization_id and c.id = d.customer_id
where d.organization_id = $1 and c.owner_operator_id is not distinct from $2::bigint
  and ($3::text is null or d.kind = $3) and d.id > $4::bigint
order by d.id
limit 500) as page limit $5::bigint;

-- page_devices_of_customer
select * from (
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null from device d left join customer c on c.organization_id = d.organization_id and c.id = d.customer_id
where d.organization_id = $1 and c.owner_operator_id is not distinct from $2::bigint
  and ($3::text is null or d.kind = $3) and d.id > $4::bigint and d.customer_id = $5::bigint
order by d.id
limit 500) as page limit $6::bigint;

-- page_devices_of_kind
select * from (
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null,
  c.name,
  (select count(*) from binding b where b.organization_id = $1 and b.device_id = d.id) from device d
left join customer c on c.organization_id = d.organization_id and c.id = d.customer_id
where d.organization_id = $1 and d.kind = $2 and d.id > $3 and ($4::bigint is null or d.customer_id = $4)
  and ($5::text is null or strpos(lower(d.name), lower($5)) > 0 or strpos(lower(c.name), lower($5)) > 0)
order by d.id
limit 500) as page limit $6::bigint;

-- page_entitlements
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.product_id = $2 and not e.in_stock and e.code_number <= $4::numeric
  and (e.code_number, e.code) > ($3::numeric, $5) and (not $6 or e.revoked_at is null and e.suspended_at is null)
order by e.code_number, e.code
limit 500) as page limit $7::bigint;

-- page_entitlements_by_id
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.id) > ($12::bigint)
order by e.id
limit 500) as page limit $13::bigint;

-- page_entitlements_by_id_down
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.id) < ($12::bigint)
order by e.id desc
limit 500) as page limit $13::bigint;

-- page_entitlements_by_reference
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.reference = $2 and e.id > $3::bigint order by e.id
limit 500) as page limit $4::bigint;

-- page_entitlements_of_customer
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and e.customer_id = $6::bigint
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.id) > ($12::bigint)
order by e.id
limit 500) as page limit $13::bigint;

-- page_entitlements_of_customer_down
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and e.customer_id = $6::bigint
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.id) < ($12::bigint)
order by e.id desc
limit 500) as page limit $13::bigint;

-- page_entitlements_of_product
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where not e.in_stock and e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and e.product_id = $5::bigint
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.code_number, e.code) > ($12::numeric, $13)
order by e.code_number, e.code
limit 500) as page limit $14::bigint;

-- page_entitlements_of_product_down
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where not e.in_stock and e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and e.product_id = $5::bigint
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.code_number, e.code) < ($12::numeric, $13)
order by e.code_number desc, e.code desc
limit 500) as page limit $14::bigint;

-- page_entitlements_with_reference
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and e.reference = $7::text
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.id) > ($12::bigint)
order by e.id
limit 500) as page limit $13::bigint;

-- page_entitlements_with_reference_down
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and e.reference = $7::text
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean) and (e.id) < ($12::bigint)
order by e.id desc
limit 500) as page limit $13::bigint;

-- page_held_by
select c.identity, e.product_id, e.product_kind, e.product_name,
  e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  b.slot, b.bound_at,
  d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null
from customer c
cross join lateral (
  select * from (
    select e.*, p.kind as product_kind, p.name as product_name
    from entitlement e
    join product p on p.organization_id = e.organization_id and p.id = e.product_id
    where e.organization_id = $1 and p.kind = $3 and e.customer_id = c.id and e.id > $4
    order by e.id limit 2000) as page
  limit $5::bigint) as e
left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
left join device d on d.organization_id = $1 and d.id = b.device_id
where c.organization_id = $1 and c.identity = $2
order by e.id, b.slot;

-- page_holds
select * from (
select h.id, h.product_id, h.category, h.quantity, h.reference, h.held_at, h.ends_at, h.ended_at,
  h.is_confirmed from hold h join product p on p.organization_id = h.organization_id and p.id = h.product_id
where h.organization_id = $1 and p.owner_operator_id is not distinct from $2::bigint
  and ($3::bigint[] is null or h.product_id = any($3)) and ($4::text[] is null or h.category = any($4))
  and ($5::boolean is null or (h.ended_at is null and h.ends_at > to_timestamp($6)) = $5)
  and ($7::bigint is null or h.product_id = $7) and h.id > $8::bigint
order by h.id
limit 500) as page limit $9::bigint;

-- page_holds_by_reference
select * from (
select h.id, h.product_id, h.category, h.quantity, h.reference, h.held_at, h.ends_at, h.ended_at,
  h.is_confirmed from hold h where h.organization_id = $1 and h.reference = $2 and h.id > $3 order by h.id
limit 500) as page limit $4::bigint;

-- page_holds_with_reference
select * from (
select h.id, h.product_id, h.category, h.quantity, h.reference, h.held_at, h.ends_at, h.ended_at,
  h.is_confirmed from hold h join product p on p.organization_id = h.organization_id and p.id = h.product_id
where h.organization_id = $1 and p.owner_operator_id is not distinct from $2::bigint
  and ($3::bigint[] is null or h.product_id = any($3)) and ($4::text[] is null or h.category = any($4))
  and ($5::boolean is null or (h.ended_at is null and h.ends_at > to_timestamp($6)) = $5)
  and ($7::bigint is null or h.product_id = $7) and h.id > $8::bigint and h.reference = $9
order by h.id
limit 500) as page limit $10::bigint;

-- page_live_holds
select * from (
select h.id, h.product_id, h.category, h.quantity, h.reference, h.held_at, h.ends_at, h.ended_at,
  h.is_confirmed from hold h
where h.organization_id = $1 and h.product_id = $2 and h.ended_at is null and h.ends_at > to_timestamp($3) and h.id > $4 order by h.id
limit 500) as page limit $5::bigint;

-- page_log
select * from (
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id from ((select a.* from action a where a.organization_id = $1 and a.id < $2 order by a.id desc limit 500)) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id order by a.id desc
limit 500) as page limit $3::bigint;

-- page_log_of_product
select * from (
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.product_id = $3 and a.refusal is null order by a.id desc limit 500) union all (select a.* from action a where a.organization_id = $1 and a.id < $2 and a.product_id = $3 and a.refusal is not null order by a.id desc limit 500)) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id order by a.id desc
limit 500) as page limit $4::bigint;

-- page_log_refused
select * from (
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.refusal is not null order by a.id desc limit 500)) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id order by a.id desc
limit 500) as page limit $3::bigint;

-- page_log_refused_of_product
select * from (
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.product_id = $3 and a.refusal is not null order by a.id desc limit 500)) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id order by a.id desc
limit 500) as page limit $4::bigint;

-- page_organizations
select * from (
select o.id, o.name,
  (select jsonb_object_agg(s.name, s.value) from setting s where s.organization_id = o.id),
  array(select h.host from organization_host h where h.organization_id = o.id order by h.host) from organization o where o.id > $1 order by o.id
limit 500) as page limit $2::bigint;

-- page_payments
select * from (
select y.id, y.sale_id, y.entitlement_id, y.product_id, y.reseller_id, y.channel,
  y.amount_minor::text, y.currency, y.tax_minor::text, y.currency,
  y.commission_minor::text, y.currency, y.credited_minor::text,
  trunc(y.rate * 1000000000)::text, y.description, y.paid_at, y.reverses from payment y
join product p on p.organization_id = y.organization_id and p.id = y.product_id
where y.organization_id = $1 and (p.owner_operator_id is not distinct from $2::bigint or y.reseller_id = $2::bigint)
  and ($3::bigint[] is null or p.id = any($3)) and $4::text[] is null and y.id > $5::bigint
order by y.id
limit 500) as page limit $6::bigint;

-- page_payments_of_sale
select * from (
select y.id, y.sale_id, y.entitlement_id, y.product_id, y.reseller_id, y.channel,
  y.amount_minor::text, y.currency, y.tax_minor::text, y.currency,
  y.commission_minor::text, y.currency, y.credited_minor::text,
  trunc(y.rate * 1000000000)::text, y.description, y.paid_at, y.reverses from payment y
join product p on p.organization_id = y.organization_id and p.id = y.product_id
where y.organization_id = $1 and (p.owner_operator_id is not distinct from $2::bigint or y.reseller_id = $2::bigint)
  and ($3::bigint[] is null or p.id = any($3)) and $4::text[] is null and y.id > $5::bigint and y.sale_id = $6
order by y.id
limit 500) as page limit $7::bigint;

-- page_phone_devices
select * from (
select d.id, d.customer_id, d.name, a.type, a.device_group_id, a.host, a.port, a.caller_id,
  a.description, a.is_hidden, d.id is not distinct from c.primary_device_id, a.secret_sealed from device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
join customer c on c.organization_id = d.organization_id and c.id = d.customer_id
where d.organization_id = $1 and d.customer_id = $2 and d.id > $3 and a.device_id > $3 and (not $4 or not a.is_hidden)
order by d.id
limit 500) as page limit $5::bigint;

-- page_products
select * from (
select p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued,
  p.ever_issued, p.created_at, p.closed_at, p.closed_renewable, p.retired_at,
  p.price_minor::text, p.currency, p.owner_operator_id, p.tax_ppm, p.number_digits,
  p.secret_digits, p.image_url,
  p.in_stock, p.prices, p.renews_pin, p.slots, p.uses_max, p.uses_per, p.reentry,
  p.categories, p.time_zone, p.attention, p.metadata from product p
where p.organization_id = $1 and ($2::text is null or p.kind = $2) and ($7 or p.retired_at is null) and p.id > $3
  and ($8::bigint[] is null or p.id = any($8))
  and ($4::bigint is null
    or exists (
      select from product_access_key l
      where l.organization_id = $1 and l.product_id = p.id and l.access_key_id = $4)
    or exists (
      select from gate_access_key l
      join gate_product a on a.organization_id = $1 and a.gate_id = l.gate_id
      where l.organization_id = $1 and l.access_key_id = $4 and a.product_id = p.id))
  and (not $5 or p.owner_operator_id is not distinct from $6)
order by p.id
limit 500) as page limit $9::bigint;

-- page_sales
select * from (
select s.id, s.product_id, s.email, s.channel, s.operator_id, s.reference, s.sold_at from sale s join product p on p.organization_id = s.organization_id and p.id = s.product_id
where s.organization_id = $1 and (p.owner_operator_id is not distinct from $2::bigint or s.operator_id = $2::bigint)
  and ($3::bigint[] is null or p.id = any($3)) and $4::text[] is null
  and ($5::bigint is null or s.product_id = $5) and s.id > $6::bigint
order by s.id
limit 500) as page limit $7::bigint;

-- page_sales_by_reference
select * from (
select s.id, s.product_id, s.email, s.channel, s.operator_id, s.reference, s.sold_at from sale s where s.organization_id = $1 and s.reference = $2 and s.id > $3 order by s.id
limit 500) as page limit $4::bigint;

-- page_sales_with_reference
select * from (
select s.id, s.product_id, s.email, s.channel, s.operator_id, s.reference, s.sold_at from sale s join product p on p.organization_id = s.organization_id and p.id = s.product_id
where s.organization_id = $1 and (p.owner_operator_id is not distinct from $2::bigint or s.operator_id = $2::bigint)
  and ($3::bigint[] is null or p.id = any($3)) and $4::text[] is null
  and ($5::bigint is null or s.product_id = $5) and s.id > $6::bigint and s.reference = $7
order by s.id
limit 500) as page limit $8::bigint;

-- page_sold_of_kind
select '', e.product_id, e.product_kind, e.product_name, e.product_slots, e.product_time_zone,
  e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  b.slot, b.bound_at,
  d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null
from (
  select * from (
    select e.*, p.kind as product_kind, p.name as product_name, p.slots as product_slots, p.time_zone as product_time_zone
    from entitlement e
    join product p on p.organization_id = e.organization_id and p.id = e.product_id
    left join customer h on h.organization_id = e.organization_id and h.id = e.customer_id
    where e.organization_id = $1 and p.kind = $2 and e.id > $3 and not e.in_stock
      and ($4::bigint is null or e.customer_id = $4) and ($5::bigint is null or e.product_id = $5)
      and ($6::text is null or starts_with(e.code, $6))
      and ($7::text is null or strpos(lower(e.code), lower($7)) > 0 or strpos(lower(p.name), lower($7)) > 0
        or strpos(lower(h.name), lower($7)) > 0)
    order by e.id limit 500) as page
  limit $8::bigint) as e
left join customer c on c.organization_id = $1 and c.id = e.customer_id
left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
left join device d on d.organization_id = $1 and d.id = b.device_id
order by e.id, b.slot;

-- page_stock
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.product_id = $2 and e.in_stock and e.balance_minor is not null
  and e.code collate "C" > $3
order by e.code collate "C"
limit 500) as page limit $4::bigint;

-- page_tokens
select * from (
select t.id, t.operator_id, o.login, t.name, t.limits, t.created_at, t.expires_at, t.revoked_at,
  t.last_used_at from api_token t
join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
where t.organization_id = $1 and t.id > $2
order by t.id
limit 500) as page limit $3::bigint;

-- page_uses
select * from (
select u.number, u.at, u.reported_at, u.recorded_at, u.direction, u.count, u.access_key_id,
  k.key_sealed, u.operator_id, u.gate_id, u.address, u.refusal, u.undone_at
from (
  select number, at, reported_at, recorded_at, direction, count, access_key_id, operator_id, gate_id, address, refusal, undone_at from entitlement_use
  where organization_id = $1 and entitlement_id = $2 and number > $3
  union all
  select 1, redeemed_at, redeemed_reported_at, redeemed_at, 'entry', 1, redeemed_by_access_key_id,
    redeemed_by_operator_id, redeemed_at_gate_id, redeemed_from, null, null
  from entitlement
  where organization_id = $1 and id = $2 and $3 < 1 and uses_recorded is null and redeemed_at is not null) as u
left join access_key k on k.organization_id = $1 and k.id = u.access_key_id
order by u.number
limit 500) as page limit $4::bigint;

-- read_access_keys
select encode(k.key_hash, 'hex'), k.id, g.id, g.rights, coalesce(o.opens, '[]')
from access_key k
left join gate_access_key s on s.organization_id = k.organization_id and s.access_key_id = k.id
left join gate g on g.organization_id = s.organization_id and g.id = s.gate_id
cross join lateral (
  select jsonb_agg(jsonb_build_array(l.product_id, l.categories)) as opens
  from (
    select l.product_id, l.categories from product_access_key l
    where l.organization_id = k.organization_id and l.access_key_id = k.id
    union all
    select a.product_id, a.categories from gate_product a
    where a.organization_id = g.organization_id and a.gate_id = g.id
  ) as l
) as o
where k.organization_id = $1 and k.key_hash = any($2::bytea[]) and (o.opens is not null or g.id is not null);

-- read_access_keys_of
select l.product_id, k.key_sealed, l.categories
     from product_access_key l
     join access_key k on k.organization_id = l.organization_id and k.id = l.access_key_id
     where l.organization_id = $1 and l.product_id = any($2::bigint[])
     order by l.product_id, l.position;

-- read_answers
select a.principal, a.key, a.content_hash, a.answer_sealed
from kept_answer a join unnest($3::text[], $4::text[])
  as n (principal, key) on a.principal = n.principal and a.key = n.key
where a.organization_id = $1 and a.version = $2;

-- read_availability
select p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued,
  p.ever_issued, p.created_at, p.closed_at, p.closed_renewable, p.retired_at,
  p.price_minor::text, p.currency, p.owner_operator_id, p.tax_ppm, p.number_digits,
  p.secret_digits, p.image_url,
  p.in_stock, p.prices, p.renews_pin, p.slots, p.uses_max, p.uses_per, p.reentry,
  p.categories, p.time_zone, p.attention, p.metadata,
  (
  select coalesce(json_agg(k), '[]') from (
    select h.category, sum(h.quantity) as quantity from hold h
where h.organization_id = $1 and h.product_id = p.id and h.ended_at is null and h.ends_at > to_timestamp($3) group by h.category) as k),
  (
  select count(*) from entitlement e
  where e.organization_id = $1 and e.product_id = p.id and e.in_stock and e.suspended_at is not null),
  (
  select count(*) from hold h
  join entitlement e on e.organization_id = h.organization_id and e.hold_id = h.id and e.in_stock and e.suspended_at is null
  where h.organization_id = $1 and h.product_id = p.id and h.ended_at is null and h.ends_at > to_timestamp($3)) from product p where p.organization_id = $1 and p.id = $2;

-- read_bases_for
select h.customer_id,
  n.id, n.product_id, n.name, n.published_at, n.added_at, n.available_at, n.withdrawn_at,
  n.content_key, n.content_files, n.content_bytes, n.content_sha256,
  k.id, k.edition_id, k.from_edition_id, k.file_name, k.file_bytes, k.file_sha256,
  k.ready_at,
  f.content_key
from (
  select distinct e.customer_id, e.product_id from entitlement e
  join product p on p.organization_id = e.organization_id and p.id = e.product_id and p.kind = $3
  where e.organization_id = $1 and e.customer_id = any($2::bigint[]) and e.revoked_at is null) as h
cross join lateral (
  select m.* from edition m
  where m.organization_id = $1 and m.product_id = h.product_id
    and m.withdrawn_at is null and (m.available_at is null or m.available_at <= to_timestamp($4)) and exists (
    select from package b where b.organization_id = $1 and b.edition_id = m.id and b.from_edition_id is null)
  order by m.published_at desc, m.id desc limit 1) as n
join package k on k.organization_id = $1 and k.edition_id = n.id and k.from_edition_id is null
left join edition f on false;

-- read_bucket_starts
select distinct date_trunc($3, at, $4) as start
from generate_series(date_trunc($3, to_timestamp($1), $4), to_timestamp($2) - interval '1 microsecond',
  case $3 when 'minute' then interval '1 minute' when 'hour' then interval '15 minutes' else interval '6 hours' end) as at
order by start;

-- read_built_deliveries
select v.organization_id, v.id, e.code, v.file_bytes, v.file_sha256, v.ready_at from delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id
where v.ended_at is null and v.removed_at is null and v.ready_at is not null
  and (v.organization_id, v.id) > ($1::bigint, $2::bigint)
order by v.organization_id, v.id limit $3;

-- read_cards
select e.code, e.id,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from entitlement e where e.organization_id = $1 and e.code = any($2::text[]);

-- read_conflicts
select f.product_id, f.entitlement_id,
  f.kept_at, f.kept_reported_at, f.kept_by_access_key_id, f.kept_by_operator_id,
  f.kept_at_gate_id, f.kept_from,
  f.lost_at, f.lost_reported_at, f.lost_by_access_key_id, f.lost_by_operator_id,
  f.lost_at_gate_id, f.lost_from,
  f.refusal, f.displaced, f.recorded_at from conflict f
where f.organization_id = $1 and f.id in (
  select c.id from unnest($2::text[], $3::float8[])
  as n (code, second)
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join conflict c on c.organization_id = $1 and c.entitlement_id = e.id
    and (date_trunc('second', coalesce(c.lost_reported_at, c.lost_at)) = to_timestamp(n.second)
      or (c.displaced and date_trunc('second', coalesce(c.kept_reported_at, c.kept_at)) = to_timestamp(n.second))))
order by f.id;

-- read_content_keys
select content_key from edition;

-- read_contents
select p.id, p.name, p.slots, p.starts_at, p.ends_at, p.retired_at,
  e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  n.id, n.product_id, n.name, n.published_at, n.added_at, n.available_at, n.withdrawn_at,
  n.content_key, n.content_files, n.content_bytes, n.content_sha256,
  b.slot, b.bound_at,
  d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null,
  v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at,
  v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at,
  v.edition_name
from entitlement e
join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id and p.kind = $3
left join lateral (
  select * from edition where organization_id = $1 and product_id = p.id
    and withdrawn_at is null and (available_at is null or available_at <= to_timestamp($4))
  order by published_at desc, id desc limit 1) as n on true
left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
left join device d on d.organization_id = $1 and d.id = b.device_id
left join lateral (
  select l.*, o.name as edition_name from delivery l
  join edition o on o.organization_id = l.organization_id and o.id = l.edition_id
  where l.organization_id = $1 and l.entitlement_id = e.id and l.device_id = b.device_id
  order by l.id desc limit 1) as v on true
where e.organization_id = $1 and e.customer_id = any($2::bigint[]) and e.revoked_at is null
order by e.id, b.slot;

-- read_customer
select c.id, c.name, c.owner_operator_id, c.display_name from customer c where c.organization_id = $1 and c.id = $2;

-- read_customers_by_id
select c.id, c.name, c.owner_operator_id, c.display_name from customer c where c.organization_id = $1 and c.id = any($2::bigint[]);

-- read_customers_with_metadata
select c.id, c.name, c.owner_operator_id, c.display_name, c.metadata from customer c where c.organization_id = $1 and c.id = any($2::bigint[]);

-- read_delivery
select v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at,
  v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at,
  p.id, p.kind, p.name,
  n.id, n.product_id, n.name, n.published_at, n.added_at, n.available_at, n.withdrawn_at,
  n.content_key, n.content_files, n.content_bytes, n.content_sha256,
  e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null,
  encode(d.fingerprint_hash, 'hex')
from delivery v
join edition n on n.organization_id = v.organization_id and n.id = v.edition_id
join device d on d.organization_id = v.organization_id and d.id = v.device_id
join product p on p.organization_id = n.organization_id and p.id = n.product_id
join (entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id) on e.organization_id = v.organization_id and e.id = v.entitlement_id
where v.organization_id = $1 and v.id = $2;

-- read_device_metadata
select d.metadata from device d where d.organization_id = $1 and d.id = $2;

-- read_device_numbers
select d.id from device d where d.organization_id = $1 and d.id = any($2::bigint[]);

-- read_device_of
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null from device d
where d.organization_id = $1 and d.customer_id = $2 and d.fingerprint_hash = any($3::bytea[])
order by d.id limit 1;

-- read_devices_with_owners
select d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null,
  c.owner_operator_id, d.metadata from device d left join customer c on c.organization_id = d.organization_id and c.id = d.customer_id where d.organization_id = $1 and d.id = any($2::bigint[]);

-- read_edition_requests_of
select e.customer_id, q.entitlement_id, q.device_id, n.name
from entitlement e
join edition_request q on q.organization_id = e.organization_id and q.entitlement_id = e.id
join edition n on n.organization_id = q.organization_id and n.id = q.edition_id
where e.organization_id = $1 and e.customer_id = any($2::bigint[]);

-- read_editions
select n.id, n.product_id, n.name, n.published_at, n.added_at, n.available_at, n.withdrawn_at,
  n.content_key, n.content_files, n.content_bytes, n.content_sha256 from edition n
where n.organization_id = $1 and n.product_id = any($2::bigint[]) order by n.product_id, n.published_at, n.id;

-- read_entitlement_by_replaced_code
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join replaced_code r on r.organization_id = e.organization_id and r.entitlement_id = e.id
where e.organization_id = $1 and r.code = $2;

-- read_entitlements_by_code
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  p.owner_operator_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and e.code = any($2::text[]);

-- read_entitlements_by_id
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  p.owner_operator_id from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and e.id = any($2::bigint[]);

-- read_entitlements_by_replaced_code
select r.code, e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  p.owner_operator_id from replaced_code r
join (entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id) on e.organization_id = r.organization_id and e.id = r.entitlement_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where r.organization_id = $1 and r.code = any($2::text[]);

-- read_file_store
select store_id from file_store;

-- read_fingerprint_hash
select encode(d.fingerprint_hash, 'hex') from device d where d.organization_id = $1 and d.id = $2;

-- read_first_held_by
select c.identity, e.product_id, e.product_kind, e.product_name,
  e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  b.slot, b.bound_at,
  d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null
from customer c
cross join lateral (
  select e.*, p.kind as product_kind, p.name as product_name
    from entitlement e
    join product p on p.organization_id = e.organization_id and p.id = e.product_id
    where e.organization_id = $1 and p.kind = $3 and e.customer_id = c.id
  order by e.id limit 50) as e
left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
left join device d on d.organization_id = $1 and d.id = b.device_id
where c.organization_id = $1 and c.identity = any($2::text[])
order by e.id, b.slot;

-- read_fitting_cards number
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and p.owner_operator_id is not distinct from $2 and p.retired_at is null
  and p.kind = $8 and e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6) and ($7::boolean is null or e.in_stock <> $7)
  and e.code = $3
  and $4::bytea[] is null
order by e.code;

-- read_fitting_cards number pin
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and p.owner_operator_id is not distinct from $2 and p.retired_at is null
  and p.kind = $8 and e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6) and ($7::boolean is null or e.in_stock <> $7)
  and e.code = $3
  and e.secret_hash = any($4::bytea[])
order by e.code;

-- read_fitting_cards pin
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and p.owner_operator_id is not distinct from $2 and p.retired_at is null
  and p.kind = $8 and e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6) and ($7::boolean is null or e.in_stock <> $7)
  and $3::text is null
  and e.secret_hash = any($4::bytea[])
order by e.code;

-- read_gate_named
select g.id, g.name, g.rights, g.created_at, g.retired_at,
  (select coalesce(jsonb_agg(jsonb_build_object('productId', a.product_id, 'categories', a.categories)
    order by a.product_id), '[]')
  from gate_product a where a.organization_id = g.organization_id and a.gate_id = g.id),
  array(select k.key_sealed from gate_access_key l
  join access_key k on k.organization_id = l.organization_id and k.id = l.access_key_id
  where l.organization_id = g.organization_id and l.gate_id = g.id order by l.position) from gate g where g.organization_id = $1 and g.name = $2 and g.retired_at is null;

-- read_gates
select g.id, g.name, g.rights, g.created_at, g.retired_at,
  (select coalesce(jsonb_agg(jsonb_build_object('productId', a.product_id, 'categories', a.categories)
    order by a.product_id), '[]')
  from gate_product a where a.organization_id = g.organization_id and a.gate_id = g.id),
  array(select k.key_sealed from gate_access_key l
  join access_key k on k.organization_id = l.organization_id and k.id = l.access_key_id
  where l.organization_id = g.organization_id and l.gate_id = g.id order by l.position) from gate g where g.organization_id = $1 and g.id = any(array(
  select f.id from gate f where f.organization_id = $1 and f.id = any($2::bigint[])
  union all
  select f.id from gate f where f.organization_id = $1 and f.name = any($3::text[]) and f.retired_at is null
  union all
  select l.gate_id from access_key k
  join gate_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
  where k.organization_id = $1 and k.key_hash = any($4::bytea[])))
order by g.id;

-- read_given_up_jobs
select id, key, task_identifier, created_at, last_error from graphile_worker.jobs
where attempts >= max_attempts and locked_at is null order by id limit $1;

-- read_held
select e.code, p.id, p.kind, p.name,
  e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  b.slot, b.bound_at,
  d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null
from entitlement e
join product p on p.organization_id = e.organization_id and p.id = e.product_id
left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
left join device d on d.organization_id = $1 and d.id = b.device_id
where e.organization_id = $1 and e.code = any($2::text[])
order by e.id, b.slot;

-- read_hold
select h.id, h.product_id, h.category, h.quantity, h.reference, h.held_at, h.ends_at, h.ended_at,
  h.is_confirmed from hold h where h.organization_id = $1 and h.id = $2;

-- read_holdings
select b.entitlement_id,
  b.slot, b.bound_at,
  d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.disabled_at,
  d.fingerprint_hash is not null
from binding b
join device d on d.organization_id = b.organization_id and d.id = b.device_id
where b.organization_id = $1 and b.entitlement_id = any(array(
  select e.id from entitlement e where e.organization_id = $1 and e.code = any($2::text[])
  union all
  select h.entitlement_id from (select f.id from unnest($3::bigint[], $4::text[], $5::text[])
  as n (customer_id, kind, identity)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind and f.identity = n.identity
  union all
  select f.id from unnest($6::bigint[], $7::bytea[])
  as n (customer_id, hash)
  join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash) as f
  join binding h on h.organization_id = $1 and h.device_id = f.id))
order by b.entitlement_id, b.slot;

-- read_holds
select h.id, h.product_id, h.category, h.quantity, h.reference, h.held_at, h.ends_at, h.ended_at,
  h.is_confirmed from hold h
where h.organization_id = $1 and h.id = any(array(
  select k.id from hold k where k.organization_id = $1 and k.id = any($2::bigint[])
  union all
  select k.id from hold k where k.organization_id = $1 and k.product_id = any($3::bigint[]) and k.ended_at is null))
order by h.id;

-- read_holds_with_owners
select h.id, h.product_id, h.category, h.quantity, h.reference, h.held_at, h.ends_at, h.ended_at,
  h.is_confirmed,
  p.owner_operator_id from hold h join product p on p.organization_id = h.organization_id and p.id = h.product_id where h.organization_id = $1 and h.id = any($2::bigint[]);

-- read_hosts
select host, organization_id from organization_host where host = any($1::text[]);

-- read_hosts_of_organization
select host from organization_host where organization_id = $1 order by host;

-- read_issued
select p.id, p.name, p.slots,
  e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and e.id = any($2::bigint[]) and e.revoked_at is null
order by e.id;

-- read_job_counts
select task_identifier, count(*) filter (where attempts < max_attempts or locked_at is not null),
  count(*) filter (where attempts >= max_attempts and locked_at is null) from graphile_worker.jobs group by task_identifier order by task_identifier;

-- read_known_customer
select c.id, c.name, c.owner_operator_id, c.display_name, c.password_hash, c.metadata from customer c where c.organization_id = $1 and c.identity = $2;

-- read_last_log_number
select max(a.id) from action a where a.organization_id = $1;

-- read_log_above
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id,
  e.category from (
  select * from action where organization_id = $1 and id > $2 order by id limit $3::bigint) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
left join entitlement e on e.organization_id = a.organization_id and e.id = a.entitlement_id order by a.id;

-- read_log_numbers
select case when $2::float8 is null then null else (with recursive half as (
    select (select coalesce(min(id), 0) from action where organization_id = $1) as low,
      (select coalesce(max(id), 0) + 1 from action where organization_id = $1) as high
    union all
    select case when r.recorded_at < to_timestamp($2) - interval '1 minute' then r.id + 1 else h.low end,
      case when r.recorded_at < to_timestamp($2) - interval '1 minute' then h.high else (h.low + h.high) / 2 end
    from half h left join lateral (
      select b.id, b.recorded_at from action b
      where b.organization_id = $1 and b.id >= (h.low + h.high) / 2 order by b.id limit 1) as r on true
    where h.low < h.high)
  select min(low) from half where low >= high) end as first,
  case when $3::float8 is null then null else (with recursive half as (
    select (select coalesce(min(id), 0) from action where organization_id = $1) as low,
      (select coalesce(max(id), 0) + 1 from action where organization_id = $1) as high
    union all
    select case when r.recorded_at < to_timestamp($3) + interval '1 minute' then r.id + 1 else h.low end,
      case when r.recorded_at < to_timestamp($3) + interval '1 minute' then h.high else (h.low + h.high) / 2 end
    from half h left join lateral (
      select b.id, b.recorded_at from action b
      where b.organization_id = $1 and b.id >= (h.low + h.high) / 2 order by b.id limit 1) as r on true
    where h.low < h.high)
  select min(low) from half where low >= high) end as "end";

-- read_operator
select o.id, o.login, o.role, o.password_hash,
  (select jsonb_object_agg(s.name, s.value) from operator_setting s
  where s.organization_id = o.organization_id and s.operator_id = o.id)
from operator o where o.organization_id = $1 and o.login = $2 and o.disabled_at is null;

-- read_organizations
select o.id, o.name,
  (select jsonb_object_agg(s.name, s.value) from setting s where s.organization_id = o.id) from organization o where o.id = any($1::bigint[]);

-- read_outstanding
select (select count(*) from entitlement e
  where e.organization_id = $1 and e.product_id = $2 and not e.in_stock and e.revoked_at is null and e.suspended_at is null
    and (e.expires_at is null or e.expires_at >= date_trunc('second', to_timestamp($3)))),
  (select count(*) from delivery v
  join edition n on n.organization_id = v.organization_id and n.id = v.edition_id
  where v.organization_id = $1 and n.product_id = $2 and v.ended_at is null
    and (v.expires_at is null or v.expires_at > to_timestamp($3)));

-- read_package
select n.id, n.product_id, n.name, n.published_at, n.added_at, n.available_at, n.withdrawn_at,
  n.content_key, n.content_files, n.content_bytes, n.content_sha256,
  k.id, k.edition_id, k.from_edition_id, k.file_name, k.file_bytes, k.file_sha256,
  k.ready_at,
  f.content_key from package k
join edition n on n.organization_id = k.organization_id and n.id = k.edition_id
left join edition f on f.organization_id = k.organization_id and f.id = k.from_edition_id where k.organization_id = $1 and k.id = $2;

-- read_packages_of
select k.id, k.edition_id, k.from_edition_id, k.file_name, k.file_bytes, k.file_sha256,
  k.ready_at from package k
where k.organization_id = $1 and k.edition_id = any($2::bigint[]) order by k.id;

-- read_packages_of_product
select k.id, k.edition_id, k.from_edition_id, k.file_name, k.file_bytes, k.file_sha256,
  k.ready_at from package k
join edition n on n.organization_id = k.organization_id and n.id = k.edition_id
left join edition f on f.organization_id = k.organization_id and f.id = k.from_edition_id where k.organization_id = $1 and n.product_id = $2 order by k.id;

-- read_payments_of
select y.id, y.sale_id, y.entitlement_id, y.product_id, y.reseller_id, y.channel,
  y.amount_minor::text, y.currency, y.tax_minor::text, y.currency,
  y.commission_minor::text, y.currency, y.credited_minor::text,
  trunc(y.rate * 1000000000)::text, y.description, y.paid_at, y.reverses from entitlement e
join payment y on y.organization_id = $1 and y.entitlement_id = e.id
where e.organization_id = $1 and e.code = any($2::text[]) order by y.id;

-- read_phone_device
select d.id, d.customer_id, d.name, a.type, a.device_group_id, a.host, a.port, a.caller_id,
  a.description, a.is_hidden, d.id is not distinct from c.primary_device_id, a.secret_sealed from device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
join customer c on c.organization_id = d.organization_id and c.id = d.customer_id where d.organization_id = $1 and d.id = $2;

-- read_possessions
select o.login,
  not exists (select from product p where p.organization_id = $1 and p.owner_operator_id = o.id)
  and not exists (select from customer c where c.organization_id = $1 and c.owner_operator_id = o.id)
from operator o where o.organization_id = $1 and o.login = any($2::text[]);

-- read_product_of_edition
select p.id, p.kind, p.name from edition n
join product p on p.organization_id = n.organization_id and p.id = n.product_id
where n.organization_id = $1 and n.id = $2;

-- read_products_named
select distinct on (p.name) p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued,
  p.ever_issued, p.created_at, p.closed_at, p.closed_renewable, p.retired_at,
  p.price_minor::text, p.currency, p.owner_operator_id, p.tax_ppm, p.number_digits,
  p.secret_digits, p.image_url,
  p.in_stock, p.prices, p.renews_pin, p.slots, p.uses_max, p.uses_per, p.reentry,
  p.categories, p.time_zone, p.attention, p.metadata from product p
where p.organization_id = $1 and p.kind = $2 and p.name = any($3::text[]) and p.retired_at is null
order by p.name, p.id;

-- read_rates
select c.code, trunc(c.rate * 1000000000)::text, c.is_default from currency c where c.organization_id = $1;

-- read_removable_deliveries
select v.organization_id, v.id, e.code, v.ended_at is not null from delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id
where v.removed_at is null and (v.ended_at is not null or v.expires_at <= to_timestamp($2)
  or v.ready_at is null and not exists (
    select from graphile_worker.jobs j
    where j.key = 'build_delivery:' || v.organization_id || ':' || v.id
      and (j.attempts < j.max_attempts or j.locked_at is not null)))
order by v.organization_id, v.id limit $1;

-- read_replaced_codes
select r.code, r.product_id, r.entitlement_id, r.replaced_at from replaced_code r
where exists (select from replaced_code any_code where any_code.organization_id = $1)
  and r.organization_id = $1 and r.code = any($2::text[]);

-- read_reseller_terms
select t.product_id, t.operator_id, t.price_minor::text, t.price_currency, t.commission_ppm,
  t.quota, t.sold from reseller_terms t
where t.organization_id = $1 and t.operator_id = $2 and t.product_id = $3;

-- read_sale
select s.email, o.name, p.name, s.sold_at, s.mailed_at
from sale s
join organization o on o.id = s.organization_id
join product p on p.organization_id = s.organization_id and p.id = s.product_id
where s.organization_id = $1 and s.id = $2;

-- read_sales_with_owners
select s.id, s.product_id, s.email, s.channel, s.operator_id, s.reference, s.sold_at,
  p.owner_operator_id from sale s join product p on p.organization_id = s.organization_id and p.id = s.product_id where s.organization_id = $1 and s.id = $2;

-- read_setting
select value from setting where organization_id = $1 and name = $2;

-- read_sold_cards
select e.code, e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details
from payment y join entitlement e on e.organization_id = y.organization_id and e.id = y.entitlement_id
where y.organization_id = $1 and y.sale_id = $2 and y.reverses is null
  and not exists (select from payment r where r.organization_id = $1 and r.reverses = y.id)
order by e.code_number, e.code;

-- read_statistics
with span as (
  select date_trunc($6, to_timestamp($4), $7) as first,
    date_trunc($6, to_timestamp($5) - interval '1 microsecond', $7) as last
), counted as (
  select s.at, s.product_id, s.category, s.gate_id, s.reseller_id, s.reason, s.currency, s.count, s.amount_minor
  from span, statistic s
  where s.organization_id = $1 and s.minutes = $2 and s.measure = $3
    and s.at >= span.first and s.at < span.last + interval '2 days'
  union all
  select t.at, t.product_id, t.category, t.gate_id, t.reseller_id, t.reason, t.currency, t.count, t.amount_minor
  from span, (
    select a.id, a.occurred_at as at, m.measure, a.product_id,
  coalesce(e.category, '') as category, coalesce(a.gate_id, 0) as gate_id,
  coalesce(case when y.id is null then p.owner_operator_id else y.reseller_id end, 0) as reseller_id, m.reason, m.currency, m.count, m.amount_minor
from (select b.* from action b where b.organization_id = $1 and b.id > coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1)) as a
left join product p on p.organization_id = $1 and p.id = a.product_id
left join entitlement e on e.organization_id = $1 and e.id = a.entitlement_id
left join payment y on y.organization_id = $1
  and y.id = case when a.refusal is null and a.kind in ('entitlement_sold', 'entitlement_topped_up', 'entitlement_voided', 'entitlement_returned', 'entitlement_refunded', 'entitlement_top_up_undone') then (a.detail->>'payment')::bigint end
cross join lateral (values
  (case when a.refusal is not null then 'refused' else case a.kind when 'entitlement_issued' then 'issued' when 'entitlement_sold' then 'sold' when 'entitlement_topped_up' then 'topped_up' when 'entitlement_use_undone' then 'undone' when 'entitlement_revoked' then 'revoked' when 'entitlement_bound' then 'bound' when 'entitlement_unbound' then 'unbound' when 'delivery_ready' then 'delivered'
    when 'entitlement_redeemed' then case when a.detail->>'direction' = 'exit' then 'exited' else 'redeemed' end end end,
    coalesce(a.refusal, ''), '',
    case when a.kind = 'entitlement_redeemed' and a.refusal is null then coalesce((a.detail->>'count')::bigint, 1)
      else 1 end, 0::numeric),
  (case when a.refusal is null and a.kind in ('entitlement_sold', 'entitlement_topped_up', 'entitlement_voided', 'entitlement_returned', 'entitlement_refunded', 'entitlement_top_up_undone') and a.detail ? 'amount'
    then 'paid' end,
    '', coalesce(a.detail->>'currency', ''), 1,
    case when a.kind in ('entitlement_sold', 'entitlement_topped_up', 'entitlement_voided', 'entitlement_returned', 'entitlement_refunded', 'entitlement_top_up_undone')
      then replace(a.detail->>'amount', '.', '')::numeric end)
  ) as m (measure, reason, currency, count, amount_minor)
where m.measure is not null) as t
  where t.measure = $3 and t.at >= span.first and t.at < span.last + interval '2 days'
), of_minutes as (
  select c.at,
    case $8 when 'product' then c.product_id::text when 'category' then nullif(c.category, '') when 'gate' then nullif(c.gate_id, 0)::text
      when 'reseller' then nullif(c.reseller_id, 0)::text when 'reason' then nullif(c.reason, '') end as key,
    nullif(c.currency, '') as currency, sum(c.count)::bigint as count, sum(c.amount_minor) as amount_minor
  from counted c
  where ($9::bigint[] is null or c.product_id = any($9)) and ($10::text[] is null or c.category = any($10))
    and ($11::bigint is null or c.product_id = $11) and ($12::text is null or c.category = $12)
    and ($13::bigint is null or c.gate_id = $13) and ($14::bigint is null or c.reseller_id = $14)
  group by 1, 2, 3
), grouped as (
  select case $6 when 'minute' then m.at else date_trunc($6, m.at, $7) end as start, m.key, m.currency,
    sum(m.count)::bigint as count, sum(m.amount_minor) as amount_minor
  from (select date_bin(make_interval(mins => $2::integer), m.at, timestamptz 'epoch') as at, m.key, m.currency,
    m.count, m.amount_minor from of_minutes m) as m
  group by 1, 2, 3
), ranked as (
  select g.*, sum(g.count) over (partition by g.key, g.currency) as total
  from span, grouped g where g.start between span.first and span.last
), numbered as (
  select r.*, dense_rank() over (order by r.total desc, r.key, r.currency) as rank from ranked r
), cut as (
  select start, case when rank <= 100 then key end as key, rank > 100 as is_rest, currency, count, amount_minor
  from numbered
)
select n.start, n.key, n.is_rest, n.currency, sum(n.count)::bigint, sum(n.amount_minor)::bigint from cut n group by n.start, n.key, n.is_rest, n.currency
order by n.is_rest, n.key, n.currency, n.start;

-- read_stock_of_sale
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from payment y
join (entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id) on e.organization_id = y.organization_id and e.id = y.entitlement_id
where y.organization_id = $1 and y.sale_id = $2 and y.reverses is null
  and not exists (select from payment r where r.organization_id = $1 and r.reverses = y.id)
order by e.code_number, e.code;

-- read_stocked_card
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.code = $2 and e.balance_minor is not null;

-- read_stocked_card_by_id
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1 and e.id = $2 and e.balance_minor is not null;

-- read_taken_pins
select e.secret_hash from entitlement e
where e.organization_id = $1 and e.secret_hash = any($2::bytea[]) and e.secret_hash is not null;

-- read_tokens
select encode(t.token_hash, 'hex'), t.id, o.id, o.login, o.role, t.limits, t.expires_at from api_token t
join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
where t.organization_id = $1 and t.token_hash = any($2::bytea[]) and t.revoked_at is null and o.disabled_at is null;

-- read_unfolded_organizations
select o.id from organization o
where exists (
  select from action a where a.organization_id = o.id
    and a.id > coalesce((select f.folded_to from statistic_fold f where f.organization_id = o.id), -1))
order by o.id;

-- read_uses
select u.entitlement_id, u.number, u.product_id, u.reported_at, u.recorded_at, u.direction,
  u.count, u.access_key_id, u.operator_id, u.gate_id, u.address, u.at, u.refusal, u.answer,
  u.undone_at from entitlement_use u
where u.organization_id = $1 and (u.entitlement_id, u.number) in (
  select w.entitlement_id, w.number from unnest($2::text[], $3::float8[])
  as n (code, from_at)
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join entitlement_use w on w.organization_id = $1 and w.entitlement_id = e.id 
    and greatest(w.at, w.reported_at) >= to_timestamp(n.from_at))
order by u.entitlement_id, u.number;

-- recode_entitlements
update entitlement t set code = n.code
from unnest($2::bigint[], $3::text[])
  as n (id, code)
where t.organization_id = $1 and t.id = n.id;

-- report_payments
with edge as materialized (
  select d.n, d.day, d.begins, date_bin('1 day', d.begins + interval '12 hours', 'epoch') as midnight
  from (
    select n::integer, day::date, day at time zone $4 as begins
    from generate_series($2::date::timestamp, ($3::date + 1)::timestamp,
      case when $6 then 1 else $3::date + 1 - $2::date end * interval '1 day') with ordinality as d (day, n)) as d
), rounded as (
  select n, begins, midnight, case when begins > midnight then date_bin('60 minutes', begins, 'epoch')
    else date_bin('60 minutes', begins + interval '60 minutes' - interval '1 microsecond', 'epoch') end as hour,
  case when begins > midnight then date_bin('240 minutes', begins, 'epoch')
    else date_bin('240 minutes', begins + interval '240 minutes' - interval '1 microsecond', 'epoch') end as stretch
  from edge
), moved as materialized (
  select r.n, case when r.begins < r.midnight then 1 else -1 end as sign, s.*
  from rounded r cross join lateral (
    select s.reseller_id, s.product_id, s.channel, s.currency, s.is_sale, s.is_reversal,
      sum(s.payments)::bigint as payments, sum(s.amount_minor)::bigint as amount_minor, sum(s.tax_minor)::bigint as tax_minor, sum(s.commission_minor)::bigint as commission_minor
    from (values
      (15, r.begins, r.hour), (60, r.hour, r.stretch), (240, r.stretch, r.midnight)
    ) as t (minutes, a, b) cross join lateral (
    select case when $7 then s.reseller_id end as reseller_id, case when $8 then s.product_id end as product_id,
      case when $9 then s.channel end collate "C" as channel, s.currency collate "C" as currency, s.is_sale, s.is_reversal,
      sum(s.payments)::bigint as payments, sum(s.amount_minor)::bigint as amount_minor, sum(s.tax_minor)::bigint as tax_minor, sum(s.commission_minor)::bigint as commission_minor
    from payment_sum s
    where s.organization_id = $1 and s.minutes = t.minutes and s.since >= least(t.a, t.b) and s.since < greatest(t.a, t.b)
      and (not $10 or s.reseller_id = coalesce($11, 0)) and ($5::bigint is null or s.product_id = $5)
    group by 1, 2, 3, 4, 5, 6) as s
    group by 1, 2, 3, 4, 5, 6) as s
), whole as (
  select e.n, s.*
  from edge e join edge f on f.n = e.n + 1 cross join lateral (
    select case when $7 then s.reseller_id end as reseller_id, case when $8 then s.product_id end as product_id,
      case when $9 then s.channel end collate "C" as channel, s.currency collate "C" as currency, s.is_sale, s.is_reversal,
      sum(s.payments)::bigint as payments, sum(s.amount_minor)::bigint as amount_minor, sum(s.tax_minor)::bigint as tax_minor, sum(s.commission_minor)::bigint as commission_minor
    from payment_sum s
    where s.organization_id = $1 and s.minutes = 1440 and s.since >= e.midnight and s.since < f.midnight
      and (not $10 or s.reseller_id = coalesce($11, 0)) and ($5::bigint is null or s.product_id = $5)
    group by 1, 2, 3, 4, 5, 6) as s
), one as (
  select n, reseller_id, product_id, channel, currency, is_sale, is_reversal, payments, amount_minor, tax_minor, commission_minor from whole
  union all
  select m.n - g.before, reseller_id, product_id, channel, currency, is_sale, is_reversal,
    sign * (1 - 2 * g.before) * payments, sign * (1 - 2 * g.before) * amount_minor, sign * (1 - 2 * g.before) * tax_minor, sign * (1 - 2 * g.before) * commission_minor
  from moved m cross join (values (0), (1)) as g (before)
)
select r.day::text, nullif(r.reseller_id, 0), o.login, r.product_id, p.name, r.channel,
  r.currency, r.sold::bigint, r.unsold::bigint, r.sold_minor::text, r.unsold_minor::text,
  r.topped_up_minor::text, r.total_minor::text, r.tax_minor::text, r.commission_minor::text from (
  select case when $6 then e.day end as day, r.*
  from (
    select r.n, r.reseller_id, r.product_id, r.channel, r.currency,
      coalesce(sum(r.payments) filter (where r.is_sale and not r.is_reversal), 0) as sold, coalesce(sum(r.payments) filter (where r.is_sale and r.is_reversal), 0) as unsold,
      coalesce(sum(r.amount_minor) filter (where r.is_sale and not r.is_reversal), 0) as sold_minor, coalesce(sum(r.amount_minor) filter (where r.is_sale and r.is_reversal), 0) as unsold_minor,
      coalesce(sum(r.amount_minor) filter (where not r.is_sale), 0) as topped_up_minor, sum(r.amount_minor) as total_minor,
      sum(r.tax_minor) as tax_minor, sum(r.commission_minor) as commission_minor
    from one r group by 1, 2, 3, 4, 5 having sum(r.payments) > 0) as r
  join edge e on e.n = r.n join edge f on f.n = e.n + 1) as r
left join operator o on o.organization_id = $1 and o.id = r.reseller_id
left join product p on p.organization_id = $1 and p.id = r.product_id
order by r.day, o.login nulls first, r.reseller_id, r.product_id, r.channel, r.currency;

-- retry_given_up_jobs
select r.id from graphile_worker.reschedule_jobs(
  array(select id from graphile_worker.jobs
    where id = any($1::bigint[]) and attempts >= max_attempts and locked_at is null),
  run_at := now(), attempts := 0) as r;

-- revoke_tokens_of
update api_token t set revoked_at = now() from operator o
where t.organization_id = $1 and t.revoked_at is null
  and o.organization_id = $1 and o.id = t.operator_id and o.login = any($2::text[]);

-- search_customers_by_display_name
select * from (
select c.id, c.name, c.owner_operator_id, c.display_name, c.id,
  (lower(c.display_name) collate "C") from customer c
where c.organization_id = $1 and c.owner_operator_id is not distinct from $2::bigint
  and c.display_name <> '' and (lower($3::text) collate "C") <> '' and (lower(c.display_name) collate "C") >= (lower($3::text) collate "C") and (lower(c.display_name) collate "C") < (lower($3::text) collate "C") || U&'\+10FFFF'
  and ((lower(c.display_name) collate "C"), c.id) > ($4::text collate "C", $5::bigint)
  and ((lower($3::text) collate "C") <> '' and (lower(c.name) collate "C") >= (lower($3::text) collate "C") and (lower(c.name) collate "C") < (lower($3::text) collate "C") || U&'\+10FFFF') is not true
order by (lower(c.display_name) collate "C"), c.id
limit 500) as page limit $6::bigint;

-- search_customers_by_last_name
select * from (
select c.id, c.name, c.owner_operator_id, c.display_name, c.id,
  (lower(substring(c.display_name from '[^ ]+$')) collate "C") from customer c
where c.organization_id = $1 and c.owner_operator_id is not distinct from $2::bigint
  and c.display_name like '% %' and (lower($3::text) collate "C") <> '' and (lower(substring(c.display_name from '[^ ]+$')) collate "C") >= (lower($3::text) collate "C") and (lower(substring(c.display_name from '[^ ]+$')) collate "C") < (lower($3::text) collate "C") || U&'\+10FFFF'
  and ((lower(substring(c.display_name from '[^ ]+$')) collate "C"), c.id) > ($4::text collate "C", $5::bigint)
  and ((lower($3::text) collate "C") <> '' and (lower(c.name) collate "C") >= (lower($3::text) collate "C") and (lower(c.name) collate "C") < (lower($3::text) collate "C") || U&'\+10FFFF') is not true
  and (c.display_name <> '' and (lower($3::text) collate "C") <> '' and (lower(c.display_name) collate "C") >= (lower($3::text) collate "C") and (lower(c.display_name) collate "C") < (lower($3::text) collate "C") || U&'\+10FFFF') is not true
order by (lower(substring(c.display_name from '[^ ]+$')) collate "C"), c.id
limit 500) as page limit $6::bigint;

-- search_customers_by_name
select * from (
select c.id, c.name, c.owner_operator_id, c.display_name, c.id, (lower(c.name) collate "C") from customer c
where c.organization_id = $1 and c.owner_operator_id is not distinct from $2::bigint
  and (lower($3::text) collate "C") <> '' and (lower(c.name) collate "C") >= (lower($3::text) collate "C") and (lower(c.name) collate "C") < (lower($3::text) collate "C") || U&'\+10FFFF'
  and ((lower(c.name) collate "C"), c.id) > ($4::text collate "C", $5::bigint)
order by (lower(c.name) collate "C"), c.id
limit 500) as page limit $6::bigint;

-- search_entitlements_by_code
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.id, (upper(replace(e.code, '-', '') collate "C")) from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean)
  and upper(translate($12::text, ' -', '') collate "C") <> '' and (upper(replace(e.code, '-', '') collate "C")) >= upper(translate($12::text, ' -', '') collate "C") and (upper(replace(e.code, '-', '') collate "C")) < upper(translate($12::text, ' -', '') collate "C") || U&'\+10FFFF'
  and ((upper(replace(e.code, '-', '') collate "C")), e.id) > ($13::text collate "C", $14::bigint)
order by (upper(replace(e.code, '-', '') collate "C")), e.id
limit 500) as page limit $15::bigint;

-- search_entitlements_by_display_name
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.id, (lower(c.display_name) collate "C") from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean)
  and c.display_name <> '' and (lower($12::text) collate "C") <> '' and (lower(c.display_name) collate "C") >= (lower($12::text) collate "C") and (lower(c.display_name) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF'
  and ((lower(c.display_name) collate "C"), e.id) > ($13::text collate "C", $14::bigint)
  and (upper(translate($12::text, ' -', '') collate "C") <> '' and (upper(replace(e.code, '-', '') collate "C")) >= upper(translate($12::text, ' -', '') collate "C") and (upper(replace(e.code, '-', '') collate "C")) < upper(translate($12::text, ' -', '') collate "C") || U&'\+10FFFF') is not true
  and (e.reference is not null and (lower($12::text) collate "C") <> '' and (lower(e.reference) collate "C") >= (lower($12::text) collate "C") and (lower(e.reference) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF') is not true
  and ((lower($12::text) collate "C") <> '' and (lower(c.name) collate "C") >= (lower($12::text) collate "C") and (lower(c.name) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF') is not true
order by (lower(c.display_name) collate "C"), e.id
limit 500) as page limit $15::bigint;

-- search_entitlements_by_last_name
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.id, (lower(substring(c.display_name from '[^ ]+$')) collate "C") from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean)
  and c.display_name like '% %' and (lower($12::text) collate "C") <> '' and (lower(substring(c.display_name from '[^ ]+$')) collate "C") >= (lower($12::text) collate "C") and (lower(substring(c.display_name from '[^ ]+$')) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF'
  and ((lower(substring(c.display_name from '[^ ]+$')) collate "C"), e.id) > ($13::text collate "C", $14::bigint)
  and (upper(translate($12::text, ' -', '') collate "C") <> '' and (upper(replace(e.code, '-', '') collate "C")) >= upper(translate($12::text, ' -', '') collate "C") and (upper(replace(e.code, '-', '') collate "C")) < upper(translate($12::text, ' -', '') collate "C") || U&'\+10FFFF') is not true
  and (e.reference is not null and (lower($12::text) collate "C") <> '' and (lower(e.reference) collate "C") >= (lower($12::text) collate "C") and (lower(e.reference) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF') is not true
  and ((lower($12::text) collate "C") <> '' and (lower(c.name) collate "C") >= (lower($12::text) collate "C") and (lower(c.name) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF') is not true
  and (c.display_name <> '' and (lower($12::text) collate "C") <> '' and (lower(c.display_name) collate "C") >= (lower($12::text) collate "C") and (lower(c.display_name) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF') is not true
order by (lower(substring(c.display_name from '[^ ]+$')) collate "C"), e.id
limit 500) as page limit $15::bigint;

-- search_entitlements_by_name
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.id, (lower(c.name) collate "C") from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean)
  and (lower($12::text) collate "C") <> '' and (lower(c.name) collate "C") >= (lower($12::text) collate "C") and (lower(c.name) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF'
  and ((lower(c.name) collate "C"), e.id) > ($13::text collate "C", $14::bigint)
  and (upper(translate($12::text, ' -', '') collate "C") <> '' and (upper(replace(e.code, '-', '') collate "C")) >= upper(translate($12::text, ' -', '') collate "C") and (upper(replace(e.code, '-', '') collate "C")) < upper(translate($12::text, ' -', '') collate "C") || U&'\+10FFFF') is not true
  and (e.reference is not null and (lower($12::text) collate "C") <> '' and (lower(e.reference) collate "C") >= (lower($12::text) collate "C") and (lower(e.reference) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF') is not true
order by (lower(c.name) collate "C"), e.id
limit 500) as page limit $15::bigint;

-- search_entitlements_by_reference
select * from (
select e.id, e.product_id, e.code, e.issued_at, e.category, e.starts_at, e.expires_at, e.uses_max,
  e.slots, e.reference, e.attention, e.metadata, e.in_stock, e.hold_id, e.held_until,
  e.redeemed_at, e.redeemed_reported_at, e.redeemed_by_access_key_id,
  e.redeemed_by_operator_id, e.redeemed_at_gate_id, e.redeemed_from,
  e.uses_recorded, e.uses_spent, e.uses_spent_on_day, e.last_entry_at, e.last_use_at,
  e.inside,
  e.suspended_at, e.revoked_at, c.id, c.name, c.owner_operator_id, c.display_name,
  e.id, (lower(e.reference) collate "C") from entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ($5::bigint is null or e.product_id = $5::bigint)
  and ($6::bigint is null or e.customer_id = $6::bigint)
  and ($7::text is null or e.reference = $7::text)
  and ($8::text is null or e.category = $8::text)
  and ($9::text is null or $9::text = case when e.revoked_at is null and e.suspended_at is null and e.in_stock then 'in_stock'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null then 'issued'
    when e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null then 'redeemed'
    when e.revoked_at is null and e.suspended_at is not null then 'suspended'
    when e.revoked_at is not null then 'revoked' end)
  and ($10::boolean is null or (e.redeemed_at is not null) = $10::boolean)
  and ($11::boolean is null or coalesce(e.inside, false) = $11::boolean)
  and e.reference is not null and (lower($12::text) collate "C") <> '' and (lower(e.reference) collate "C") >= (lower($12::text) collate "C") and (lower(e.reference) collate "C") < (lower($12::text) collate "C") || U&'\+10FFFF'
  and ((lower(e.reference) collate "C"), e.id) > ($13::text collate "C", $14::bigint)
  and (upper(translate($12::text, ' -', '') collate "C") <> '' and (upper(replace(e.code, '-', '') collate "C")) >= upper(translate($12::text, ' -', '') collate "C") and (upper(replace(e.code, '-', '') collate "C")) < upper(translate($12::text, ' -', '') collate "C") || U&'\+10FFFF') is not true
order by (lower(e.reference) collate "C"), e.id
limit 500) as page limit $15::bigint;

-- search_log
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id,
  e.category from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
left join entitlement e on e.organization_id = a.organization_id and e.id = a.entitlement_id
where ($5::text is null or a.kind = $5) and ($6::text is null or a.code = $6)
  and ($7::bigint is null or a.device_id = $7) and ($8::bigint is null or a.gate_id = $8)
  and ($9::bigint is null or a.operator_id = $9) and ($10::text is null or a.refusal = $10)
  and ($11::bigint is null or a.product_id = $11)
  and ($12::boolean is null or (a.refusal is not null) = $12)
  and ($13::float8 is null or a.recorded_at >= to_timestamp($13))
  and ($14::float8 is null or a.recorded_at < to_timestamp($14))
  and ($15::bigint[] is null or a.product_id = any($15)) and ($16::text[] is null or e.category = any($16))
order by a.id desc limit $4::bigint;

-- search_log end
select min(a.id), count(*) = 10000 from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a;

-- search_log of_entitlement
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id,
  e.category from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.entitlement_id = $17 and a.refusal is null
  order by a.id desc limit 10000)
union all (select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.entitlement_id = $17 and a.refusal is not null
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
left join entitlement e on e.organization_id = a.organization_id and e.id = a.entitlement_id
where ($5::text is null or a.kind = $5) and ($6::text is null or a.code = $6)
  and ($7::bigint is null or a.device_id = $7) and ($8::bigint is null or a.gate_id = $8)
  and ($9::bigint is null or a.operator_id = $9) and ($10::text is null or a.refusal = $10)
  and ($11::bigint is null or a.product_id = $11)
  and ($12::boolean is null or (a.refusal is not null) = $12)
  and ($13::float8 is null or a.recorded_at >= to_timestamp($13))
  and ($14::float8 is null or a.recorded_at < to_timestamp($14))
  and ($15::bigint[] is null or a.product_id = any($15)) and ($16::text[] is null or e.category = any($16))
order by a.id desc limit $4::bigint;

-- search_log of_entitlement end
select min(a.id), count(*) = 10000 from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.entitlement_id = $4 and a.refusal is null
  order by a.id desc limit 10000)
union all (select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.entitlement_id = $4 and a.refusal is not null
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a;

-- search_log of_product
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id,
  e.category from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.product_id = $17 and a.refusal is null
  order by a.id desc limit 10000)
union all (select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.product_id = $17 and a.refusal is not null
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
left join entitlement e on e.organization_id = a.organization_id and e.id = a.entitlement_id
where ($5::text is null or a.kind = $5) and ($6::text is null or a.code = $6)
  and ($7::bigint is null or a.device_id = $7) and ($8::bigint is null or a.gate_id = $8)
  and ($9::bigint is null or a.operator_id = $9) and ($10::text is null or a.refusal = $10)
  and ($11::bigint is null or a.product_id = $11)
  and ($12::boolean is null or (a.refusal is not null) = $12)
  and ($13::float8 is null or a.recorded_at >= to_timestamp($13))
  and ($14::float8 is null or a.recorded_at < to_timestamp($14))
  and ($15::bigint[] is null or a.product_id = any($15)) and ($16::text[] is null or e.category = any($16))
order by a.id desc limit $4::bigint;

-- search_log of_product end
select min(a.id), count(*) = 10000 from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.product_id = $4 and a.refusal is null
  order by a.id desc limit 10000)
union all (select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.product_id = $4 and a.refusal is not null
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a;

-- search_log refused
select a.id, a.kind, a.product_id, a.entitlement_id, a.code, a.occurred_at, a.recorded_at,
  a.refusal, a.access_key_id, k.key_sealed, a.operator_id, a.customer_id, a.principal_kind,
  a.gate_id, g.name, a.address, a.channel, a.detail, a.device_id,
  e.category from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.refusal is not null
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id
left join entitlement e on e.organization_id = a.organization_id and e.id = a.entitlement_id
where ($5::text is null or a.kind = $5) and ($6::text is null or a.code = $6)
  and ($7::bigint is null or a.device_id = $7) and ($8::bigint is null or a.gate_id = $8)
  and ($9::bigint is null or a.operator_id = $9) and ($10::text is null or a.refusal = $10)
  and ($11::bigint is null or a.product_id = $11)
  and ($12::boolean is null or (a.refusal is not null) = $12)
  and ($13::float8 is null or a.recorded_at >= to_timestamp($13))
  and ($14::float8 is null or a.recorded_at < to_timestamp($14))
  and ($15::bigint[] is null or a.product_id = any($15)) and ($16::text[] is null or e.category = any($16))
order by a.id desc limit $4::bigint;

-- search_log refused end
select min(a.id), count(*) = 10000 from (select * from ((select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3 and a.refusal is not null
  order by a.id desc limit 10000)) as a order by a.id desc limit 10000) as a;

-- stop_folding
insert into statistic_fold as f (organization_id, folded_to, deletions) values ($1, -1, 1)
on conflict (organization_id) do update set deletions = f.deletions + 1;

-- unlink_access_keys
delete from product_access_key where organization_id = $1 and product_id = any($2::bigint[]);

-- unlink_gate_access_keys
delete from gate_access_key where organization_id = $1 and gate_id = any($2::bigint[]);

-- update_customers
with taken as materialized (
  select k.id from customer k where k.organization_id = $1 and k.id = any($2::bigint[]) order by k.id for no key update
)
update customer c set display_name = n.display_name
from taken join unnest($2::bigint[], $3::text[])
  as n (id, display_name) on n.id = taken.id
where c.organization_id = $1 and c.id = n.id;

-- update_deliveries
update delivery t set ended_at = to_timestamp(n.ended_at), file_name = n.file_name, file_bytes = n.file_bytes,
  file_sha1 = n.file_sha1, file_sha256 = n.file_sha256, ready_at = to_timestamp(n.ready_at),
  expires_at = to_timestamp(n.expires_at)
from unnest($2::bigint[], $3::float8[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::float8[],
  $9::float8[])
  as n (id, ended_at, file_name, file_bytes, file_sha1, file_sha256, ready_at, expires_at)
where t.organization_id = $1 and t.id = n.id;

-- update_device_groups
update device_group t set customer_id = n.customer_id, name = n.name, is_primary = n.is_primary
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::boolean[])
  as n (id, customer_id, name, is_primary)
where t.organization_id = $1 and t.id = n.id;

-- update_devices
update device d set disabled_at = to_timestamp(n.disabled_at),
  fingerprint_hash = case when n.keeps then d.fingerprint_hash else n.fingerprint_hash end
from unnest($2::bigint[], $3::float8[], $4::bytea[], $5::boolean[])
  as n (id, disabled_at, fingerprint_hash, keeps)
where d.organization_id = $1 and d.id = n.id;

-- update_edition_requests
update edition_request t set entitlement_id = n.entitlement_id, device_id = n.device_id, edition_id = n.edition_id,
  requested_at = to_timestamp(n.requested_at)
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::float8[])
  as n (id, entitlement_id, device_id, edition_id, requested_at)
where t.organization_id = $1 and t.id = n.id;

-- update_editions
update edition t set product_id = n.product_id, name = n.name, published_at = to_timestamp(n.published_at),
  added_at = to_timestamp(n.added_at), available_at = to_timestamp(n.available_at),
  withdrawn_at = to_timestamp(n.withdrawn_at), content_key = n.content_key,
  content_files = n.content_files, content_bytes = n.content_bytes,
  content_sha256 = n.content_sha256
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::float8[], $6::float8[], $7::float8[],
  $8::float8[], $9::text[], $10::integer[], $11::bigint[], $12::text[])
  as n (id, product_id, name, published_at, added_at, available_at, withdrawn_at, content_key,
  content_files, content_bytes, content_sha256)
where t.organization_id = $1 and t.id = n.id;

-- update_entitlements
update entitlement t set category = n.category, starts_at = to_timestamp(n.starts_at),
  expires_at = to_timestamp(n.expires_at), uses_max = n.uses_max, slots = n.slots,
  reference = n.reference, attention = n.attention, metadata = n.metadata,
  customer_id = n.customer_id, in_stock = n.in_stock, hold_id = n.hold_id,
  held_until = to_timestamp(n.held_until), redeemed_at = to_timestamp(n.redeemed_at),
  redeemed_reported_at = to_timestamp(n.redeemed_reported_at),
  redeemed_by_access_key_id = n.redeemed_by_access_key_id,
  redeemed_by_operator_id = n.redeemed_by_operator_id,
  redeemed_at_gate_id = n.redeemed_at_gate_id, redeemed_from = n.redeemed_from,
  uses_recorded = n.uses_recorded, uses_spent = n.uses_spent,
  uses_spent_on_day = n.uses_spent_on_day, last_entry_at = to_timestamp(n.last_entry_at),
  last_use_at = to_timestamp(n.last_use_at), inside = n.inside,
  suspended_at = to_timestamp(n.suspended_at), revoked_at = to_timestamp(n.revoked_at)
from unnest($2::bigint[], $3::text[], $4::float8[], $5::float8[], $6::integer[], $7::integer[],
  $8::text[], $9::text[], $10::jsonb[], $11::bigint[], $12::boolean[], $13::bigint[],
  $14::float8[], $15::float8[], $16::float8[], $17::bigint[], $18::bigint[], $19::bigint[],
  $20::text[], $21::integer[], $22::bigint[], $23::bigint[], $24::float8[], $25::float8[],
  $26::boolean[], $27::float8[], $28::float8[])
  as n (id, category, starts_at, expires_at, uses_max, slots, reference, attention, metadata,
  customer_id, in_stock, hold_id, held_until, redeemed_at, redeemed_reported_at,
  redeemed_by_access_key_id, redeemed_by_operator_id, redeemed_at_gate_id, redeemed_from,
  uses_recorded, uses_spent, uses_spent_on_day, last_entry_at, last_use_at, inside,
  suspended_at, revoked_at)
where t.organization_id = $1 and t.id = n.id;

-- update_gates
update gate t set name = n.name, rights = n.rights, created_at = to_timestamp(n.created_at),
  retired_at = to_timestamp(n.retired_at)
from unnest($2::bigint[], $3::text[], $4::jsonb[], $5::float8[], $6::float8[])
  as n (id, name, rights, created_at, retired_at)
where t.organization_id = $1 and t.id = n.id;

-- update_numbered_tokens
update api_token t set revoked_at = to_timestamp(n.revoked_at)
from unnest($2::bigint[], $3::float8[])
  as n (id, revoked_at)
where t.organization_id = $1 and t.id = n.id;

-- update_operators
update operator t set password_hash = n.password_hash, role = n.role, disabled_at = to_timestamp(n.disabled_at)
from unnest($2::bigint[], $3::text[], $4::text[], $5::float8[])
  as n (id, password_hash, role, disabled_at)
where t.organization_id = $1 and t.id = n.id;

-- update_organization
update organization set name = $2 where id = $1;

-- update_phone_accounts
update phone_account t set type = n.type, device_group_id = n.device_group_id, host = n.host, port = n.port,
  caller_id = n.caller_id, description = n.description, is_hidden = n.is_hidden
from unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::integer[], $7::text[], $8::text[],
  $9::boolean[])
  as n (device_id, type, device_group_id, host, port, caller_id, description, is_hidden)
where t.organization_id = $1 and t.device_id = n.device_id;

-- update_phones
update device t set customer_id = n.customer_id, name = n.name
from unnest($2::bigint[], $3::bigint[], $4::text[])
  as n (id, customer_id, name)
where t.organization_id = $1 and t.id = n.id;

-- update_products
update product t set kind = n.kind, name = n.name, description = n.description,
  starts_at = to_timestamp(n.starts_at), ends_at = to_timestamp(n.ends_at),
  capacity = n.capacity, issued = n.issued, ever_issued = n.ever_issued,
  created_at = to_timestamp(n.created_at), closed_at = to_timestamp(n.closed_at),
  closed_renewable = n.closed_renewable, retired_at = to_timestamp(n.retired_at),
  price_minor = n.price_minor, currency = n.currency,
  owner_operator_id = n.owner_operator_id, tax_ppm = n.tax_ppm,
  number_digits = n.number_digits, secret_digits = n.secret_digits, image_url = n.image_url,
  in_stock = n.in_stock, prices = n.prices, renews_pin = n.renews_pin, slots = n.slots,
  uses_max = n.uses_max, uses_per = n.uses_per, reentry = n.reentry,
  categories = n.categories, time_zone = n.time_zone, attention = n.attention,
  metadata = n.metadata
from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::bigint[],
  $9::bigint[], $10::boolean[], $11::float8[], $12::float8[], $13::boolean[], $14::float8[],
  $15::bigint[], $16::text[], $17::bigint[], $18::integer[], $19::integer[], $20::integer[],
  $21::text[], $22::bigint[], $23::jsonb[], $24::boolean[], $25::integer[], $26::integer[],
  $27::text[], $28::text[], $29::jsonb[], $30::text[], $31::text[], $32::jsonb[])
  as n (id, kind, name, description, starts_at, ends_at, capacity, issued, ever_issued, created_at,
  closed_at, closed_renewable, retired_at, price_minor, currency, owner_operator_id, tax_ppm,
  number_digits, secret_digits, image_url, in_stock, prices, renews_pin, slots, uses_max,
  uses_per, reentry, categories, time_zone, attention, metadata)
where t.organization_id = $1 and t.id = n.id;

-- update_tokens
update api_token t set revoked_at = to_timestamp(n.revoked_at)
from unnest($2::bytea[], $3::float8[])
  as n (token_hash, revoked_at)
where t.organization_id = $1 and t.token_hash = n.token_hash;

-- update_uses
update entitlement_use u set at = to_timestamp(n.at), refusal = n.refusal, answer = n.answer, undone_at = to_timestamp(n.undone_at),
  conflict_id = case when n.refusal is not null then coalesce(u.conflict_id, nextval('conflict_id_seq')) end
from unnest($2::bigint[], $3::integer[], $4::float8[], $5::text[], $6::text[], $7::float8[])
  as n (entitlement_id, number, at, refusal, answer, undone_at)
where u.organization_id = $1 and u.entitlement_id = n.entitlement_id and u.number = n.number;

-- write_cards
update entitlement t set secret_sealed = n.secret_sealed, balance_minor = n.balance_minor,
  balance_currency = n.balance_currency, batch = n.batch, details = n.details,
  secret_hash = n.secret_hash
from unnest($2::bigint[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[], $8::bytea[])
  as n (id, secret_sealed, balance_minor, balance_currency, batch, details, secret_hash)
where t.organization_id = $1 and t.id = n.id;

-- write_currencies
insert into currency (organization_id, code, rate, is_default)
select $1::bigint, n.code, n.rate / 1000000000, n.is_default
from unnest($2::text[], $3::numeric[], $4::boolean[])
  as n (code, rate, is_default)
order by n.is_default, n.code
on conflict (organization_id, code) do update set rate = excluded.rate, is_default = excluded.is_default;

-- write_customer_metadata
update customer t set metadata = n.metadata
from unnest($2::bigint[], $3::jsonb[])
  as n (id, metadata)
where t.organization_id = $1 and t.id = n.id;

-- write_customer_passwords
update customer t set password_hash = n.password_hash
from unnest($2::bigint[], $3::text[])
  as n (id, password_hash)
where t.organization_id = $1 and t.id = n.id;

-- write_customer_terms
update customer t set name = n.name, identity = n.identity, owner_operator_id = n.owner_operator_id
from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[])
  as n (id, name, identity, owner_operator_id)
where t.organization_id = $1 and t.id = n.id;

-- write_delivery_removed
update delivery set removed_at = now() where organization_id = $1 and id = $2 and removed_at is null;

-- write_device_metadata
update device t set metadata = n.metadata
from unnest($2::bigint[], $3::jsonb[])
  as n (id, metadata)
where t.organization_id = $1 and t.id = n.id;

-- write_mail_failure
update sale set mail_failure = $3 where organization_id = $1 and id = $2;

-- write_mailed
update sale set mailed_at = now(), mail_failure = null where organization_id = $1 and id = $2;

-- write_operator_settings
insert into operator_setting (organization_id, operator_id, name, value)
select $1::bigint, o.id, n.name, n.value
from unnest($2::text[], $3::text[], $4::jsonb[])
  as n (login, name, value)
join operator o on o.organization_id = $1 and o.login = n.login
on conflict (organization_id, operator_id, name) do update set value = excluded.value;

-- write_phone_secrets
update phone_account t set secret_sealed = n.secret_sealed
from unnest($2::bigint[], $3::bytea[])
  as n (device_id, secret_sealed)
where t.organization_id = $1 and t.device_id = n.device_id;

-- write_primary_phones
update customer t set primary_device_id = n.primary_device_id
from unnest($2::bigint[], $3::bigint[])
  as n (id, primary_device_id)
where t.organization_id = $1 and t.id = n.id;

-- write_reseller_terms
insert into reseller_terms (organization_id, product_id, operator_id, price_minor, price_currency, commission_ppm, quota, sold)
select $1::bigint, n.product_id, n.operator_id, n.price_minor, n.price_currency, n.commission_ppm, n.quota,
  n.sold
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::integer[], $7::bigint[],
  $8::bigint[])
  as n (product_id, operator_id, price_minor, price_currency, commission_ppm, quota, sold)
order by n.product_id, n.operator_id
on conflict (organization_id, product_id, operator_id) do update
set price_minor = excluded.price_minor, price_currency = excluded.price_currency,
  commission_ppm = excluded.commission_ppm, quota = excluded.quota, sold = excluded.sold;

-- write_secret_spaces
insert into secret_space (organization_id, digits, used)
select $1::bigint, n.digits, n.used
from unnest($2::integer[], $3::bigint[])
  as n (digits, used)
order by n.digits on conflict (organization_id, digits) do update set used = excluded.used;

-- write_settings
insert into setting (organization_id, name, value)
select $1::bigint, n.name, n.value
from unnest($2::text[], $3::jsonb[])
  as n (name, value)
on conflict (organization_id, name) do update set value = excluded.value;
