import { type Payment, payments, type Rates, rates, type Sale, sales } from "../../core/sale.ts";
import { rows } from "../../engine/working-set.ts";
import { insertPayments, insertSales, readRates } from "../statements/sales.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

export const storedSales: StoredNoun<number, Sale> = {
  noun: sales,
  sequence: "sale_id_seq",

  *write({ runner, organizationId }, changes) {
    yield insertSales(runner, organizationId, onlyAdded(sales, changes));
  },
};

export const storedPayments: StoredNoun<number, Payment> = {
  noun: payments,
  sequence: "payment_id_seq",

  *write({ runner, organizationId }, changes) {
    yield insertPayments(runner, organizationId, onlyAdded(payments, changes));
  },
};

export const storedRates: StoredNoun<"all", Rates> = {
  noun: rates,

  async load({ runner, organizationId }) {
    const found = await readRates(runner, organizationId);
    return found === undefined ? [] : [rows(rates, [found])];
  },
};
