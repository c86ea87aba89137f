import { rateUnit } from "../../core/money.ts";
import { allCurrencies, type Currency, currencies } from "../../core/organization.ts";
import { type Rates, rates } from "../../core/sale.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking, query, type SqlExecutor } from "../statement.ts";
import { boolean, type Column, columns, table, text } from "../table.ts";
import type { StoredNoun } from "./stored.ts";

/** A rate: in billionths in this process, a fraction in the table. */
export const rate: Column<bigint> = {
  sentAs: "numeric",
  selected: (expression) => `trunc(${expression} * ${rateUnit})::text`,
  stored: (sent) => `${sent} / ${rateUnit}`,
  decode: (read: string) => BigInt(read),
};

const currencyTable = table("currency", { code: text(), rate, isDefault: boolean() });
const currencyColumns = columns(currencyTable.in("c"));

// By code; with $3 all of them.
const lockCurrencies = locking(
  "lock_currencies",
  currencyColumns,
  "c",
  (lock) => `select ${currencyColumns.sql} from currency c
where c.organization_id = $1 and (c.code = any($2::text[]) or $3) order by c.code ${lock}`,
);

// The default of before first: no two are the default at once.
const writeCurrencies = command(
  "write_currencies",
  `${currencyTable.insert}
order by n.is_default, n.code
on conflict (organization_id, code) do update set rate = excluded.rate, is_default = excluded.is_default`,
);

export const storedCurrencies: StoredNoun<string, Currency> = {
  noun: currencies,
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const takesAll = asked.questions(allCurrencies).length > 0;
    const found = await lockCurrencies[lock](sql, organizationId, asked.keys(currencies), takesAll);
    return [rows(currencies, found)];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield writeCurrencies(sql, organizationId, ...currencyTable.arrays([...added, ...changed]));
  },
};

const readCurrencies = query(
  "read_rates",
  currencyColumns,
  `select ${currencyColumns.sql} from currency c where c.organization_id = $1`,
);

/** The rates of the organization's currencies; `undefined` for an organization that has none. */
export async function readRates(sql: SqlExecutor, organizationId: number): Promise<Rates | undefined> {
  const found = await readCurrencies(sql, organizationId);
  const byDefault = found.find(({ isDefault }) => isDefault)?.code;
  if (byDefault === undefined) return undefined;
  return { byDefault, rate: new Map(found.map(({ code, rate }) => [code, rate])) };
}

export const storedRates: StoredNoun<"all", Rates> = {
  noun: rates,

  async load({ sql, organizationId }) {
    const found = await readRates(sql, organizationId);
    return found === undefined ? [] : [rows(rates, [found])];
  },
};
