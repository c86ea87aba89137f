import { rateUnit } from "../../core/money.ts";
import { type Payment, payments, type Rates, rates, type Sale, sales } from "../../core/sale.ts";
import { rows } from "../../engine/working-set.ts";
import { readRates } from "../statements/sales.ts";
import { command } from "../statements/statement.ts";
import { bigint, type Column, large, nullable, table, text, time } from "../table.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

const saleTable = table("sale", {
  id: bigint(),
  productId: bigint(),
  email: nullable(text()),
  channel: text(),
  operatorId: nullable(bigint()),
  soldAtMs: time(),
});
const insertSales = command("insert_sales", saleTable.insert);

export const storedSales: StoredNoun<number, Sale> = {
  noun: sales,
  sequence: "sale_id_seq",

  *write({ runner, organizationId }, changes) {
    yield insertSales(runner, organizationId, ...saleTable.arrays(onlyAdded(sales, changes)));
  },
};

/** A rate in billionths, which is a fraction in the table. */
const rate: Column<bigint> = { sentAs: "numeric", stored: (sent) => `${sent} / ${rateUnit}` };

const paymentTable = table("payment", {
  id: bigint(),
  saleId: nullable(bigint()),
  entitlementId: bigint(),
  amountMinor: large(),
  taxMinor: large(),
  currency: text(),
  rate,
  description: text(),
  paidAtMs: time(),
});
const insertPayments = command("insert_payments", paymentTable.insert);

export const storedPayments: StoredNoun<number, Payment> = {
  noun: payments,
  sequence: "payment_id_seq",

  *write({ runner, organizationId }, changes) {
    const written = onlyAdded(payments, changes).map(({ amount, tax, ...payment }) => ({
      ...payment,
      amountMinor: amount.minor,
      taxMinor: tax.minor,
      currency: amount.currency,
    }));
    yield insertPayments(runner, organizationId, ...paymentTable.arrays(written));
  },
};

export const storedRates: StoredNoun<"all", Rates> = {
  noun: rates,

  async load({ runner, organizationId }) {
    const found = await readRates(runner, organizationId);
    return found === undefined ? [] : [rows(rates, [found])];
  },
};
