import { rateUnit } from "../../core/money.ts";
import type { Rates } from "../../core/sale.ts";
import { type Runner, run } from "./statement.ts";

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

/** Gives the organization a currency, or an existing one a new rate: how many of it make one of the default. */
export async function writeRate(runner: Runner, organizationId: number, code: string, rate: string): Promise<void> {
  await run(
    runner,
    "write_rate",
    `insert into currency (organization_id, code, rate) values ($1, $2, $3)
     on conflict (organization_id, code) do update set rate = excluded.rate where not currency.is_default`,
    [organizationId, code, rate],
  );
}
