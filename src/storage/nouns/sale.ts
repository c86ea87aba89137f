import { type Payment, payments, type Sale, sales } from "../../core/sale.ts";
import { command } from "../statement.ts";
import { bigint, columns, group, large, nullable, table, text, time } from "../table.ts";
import { rate } from "./currency.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

const saleTable = table("sale", {
  id: bigint(),
  productId: bigint(),
  email: nullable(text()),
  channel: text(),
  operatorId: nullable(bigint()),
  reference: nullable(text()),
  soldAtMs: time(),
});
export const saleColumns = columns(saleTable.in("s"));
const insertSales = command("insert_sales", saleTable.insert);

export const storedSales: StoredNoun<number, Sale> = {
  noun: sales,
  sequence: "sale_id_seq",

  *write({ sql, organizationId }, changes) {
    yield insertSales(sql, organizationId, ...saleTable.arrays(onlyAdded(sales, changes)));
  },
};

const paymentTable = table("payment", {
  id: bigint(),
  saleId: nullable(bigint()),
  entitlementId: bigint(),
  amount: group({ minor: large("amount_minor"), currency: text() }),
  tax: group({ minor: large("tax_minor") }),
  rate,
  description: text(),
  paidAtMs: time(),
});
export const paymentColumns = columns(paymentTable.in("y"));
const insertPayments = command("insert_payments", paymentTable.insert);

export const storedPayments: StoredNoun<number, Payment> = {
  noun: payments,
  sequence: "payment_id_seq",

  *write({ sql, organizationId }, changes) {
    yield insertPayments(sql, organizationId, ...paymentTable.arrays(onlyAdded(payments, changes)));
  },
};
