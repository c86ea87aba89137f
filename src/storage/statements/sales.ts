import { rateUnit } from "../../core/money.ts";
import type { Currency } from "../../core/organization.ts";
import type { Payment, Rates, Sale } from "../../core/sale.ts";
import { lockingClause, type RowLock, type Runner, run, seconds } from "./statement.ts";

export function insertSales(runner: Runner, organizationId: number, sales: readonly Sale[]): Promise<unknown> {
  return run(
    runner,
    "insert_sales",
    `insert into sale (organization_id, id, product_id, email, channel, operator_id, sold_at)
     select $1::bigint, n.id, n.product_id, n.email, n.channel, n.operator_id, to_timestamp(n.sold_at)
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::float8[])
       as n (id, product_id, email, channel, operator_id, sold_at)`,
    [
      organizationId,
      sales.map(({ id }) => id),
      sales.map(({ productId }) => productId),
      sales.map(({ email }) => email),
      sales.map(({ channel }) => channel),
      sales.map(({ operatorId }) => operatorId),
      sales.map(({ soldAtMs }) => seconds(soldAtMs)),
    ],
  );
}

export function insertPayments(runner: Runner, organizationId: number, payments: readonly Payment[]): Promise<unknown> {
  return run(
    runner,
    "insert_payments",
    `insert into payment (organization_id, id, sale_id, entitlement_id, amount_minor, tax_minor, currency, rate, description, paid_at)
     select $1::bigint, n.id, n.sale_id, n.entitlement_id, n.amount, n.tax, n.currency, n.rate / ${rateUnit}, n.description,
       to_timestamp(n.paid_at)
     from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::numeric[], $9::text[],
       $10::float8[])
       as n (id, sale_id, entitlement_id, amount, tax, currency, rate, description, paid_at)`,
    [
      organizationId,
      payments.map(({ id }) => id),
      payments.map(({ saleId }) => saleId),
      payments.map(({ entitlementId }) => entitlementId),
      payments.map(({ amount }) => amount.minor),
      payments.map(({ tax }) => tax.minor),
      payments.map(({ amount }) => amount.currency),
      payments.map(({ rate }) => rate),
      payments.map(({ description }) => description),
      payments.map(({ paidAtMs }) => seconds(paidAtMs)),
    ],
  );
}

/** The organization's currencies. */
export async function readRates(runner: Runner, organizationId: number): Promise<Rates | undefined> {
  const rows = await run<[code: string, rate: string, isDefault: boolean]>(
    runner,
    "read_rates",
    `select code, trunc(rate * ${rateUnit})::text, is_default from currency where organization_id = $1`,
    [organizationId],
  );
  const byDefault = rows.find(([, , isDefault]) => isDefault)?.[0];
  if (byDefault === undefined) return undefined;
  return { byDefault, rate: new Map(rows.map(([code, rate]) => [code, BigInt(rate)])) };
}

export async function writeMailed(runner: Runner, organizationId: number, saleId: number): Promise<void> {
  await run(
    runner,
    "write_mailed",
    "update sale set mailed_at = now(), mail_failure = null where organization_id = $1 and id = $2",
    [organizationId, saleId],
  );
}

export async function writeMailFailure(
  runner: Runner,
  organizationId: number,
  saleId: number,
  reason: string,
): Promise<void> {
  await run(runner, "write_mail_failure", "update sale set mail_failure = $3 where organization_id = $1 and id = $2", [
    organizationId,
    saleId,
    reason,
  ]);
}

/** Loads currencies and locks their rows. */
export async function lockCurrencies(
  runner: Runner,
  organizationId: number,
  codes: readonly string[],
  lock: RowLock,
): Promise<Currency[]> {
  const rows = await run<[code: string, rate: string, isDefault: boolean]>(
    runner,
    `lock_currencies ${lock}`,
    `select c.code, trunc(c.rate * ${rateUnit})::text, c.is_default from currency c
     where c.organization_id = $1 and c.code = any($2::text[]) order by c.code ${lockingClause(lock, "c")}`,
    [organizationId, codes],
  );
  return rows.map(([code, rate, isDefault]) => ({ code, rate: BigInt(rate), isDefault }));
}

/** Gives the organization currencies, or those that it has other rates. */
export function writeCurrencies(
  runner: Runner,
  organizationId: number,
  currencies: readonly Currency[],
): Promise<unknown> {
  return run(
    runner,
    "write_currencies",
    `insert into currency (organization_id, code, rate, is_default)
     select $1::bigint, n.code, n.rate / ${rateUnit}, n.is_default
     from unnest($2::text[], $3::numeric[], $4::boolean[]) as n (code, rate, is_default)
     order by n.code
     on conflict (organization_id, code) do update set rate = excluded.rate`,
    [
      organizationId,
      currencies.map(({ code }) => code),
      currencies.map(({ rate }) => rate),
      currencies.map(({ isDefault }) => isDefault),
    ],
  );
}
