import { type Payment, payments, paymentsOf, type Sale, sales } from "../../core/sale.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query } from "../statement.ts";
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
  productId: bigint(),
  resellerId: nullable(bigint()),
  channel: text(),
  amount: group({ minor: large("amount_minor"), currency: text() }),
  tax: group({ minor: large("tax_minor") }),
  commission: group({ minor: large("commission_minor") }),
  credited: large("credited_minor"),
  rate,
  description: text(),
  paidAtMs: time(),
  reverses: nullable(bigint()),
});

/** Stands for the house in the sums, whose key has no null. */
export const house = 0;

/** The lengths of the times by which payments are summed up, in minutes: each is a part of the next. */
export const sumMinutes = { quarter: 15, hour: 60, stretch: 240, day: 1440 } as const;

/**
 * Inserts payments and adds them to the sums of their times, so that a sale costs no further statement. The sums go in by
 * their key, as all new rows do.
 */
const insertPayments = command(
  "insert_payments",
  `with paid as (
${paymentTable.insert}
returning *)
insert into payment_sum as s (organization_id, minutes, since, product_id, reseller_id, channel, currency, is_sale, is_reversal,
  payments, amount_minor, tax_minor, commission_minor)
select organization_id, g.minutes, date_bin(g.minutes * interval '1 minute', paid_at, 'epoch') as since, product_id,
  coalesce(reseller_id, ${house}) as reseller, channel, currency, sale_id is not null as is_sale,
  reverses is not null as is_reversal, count(*), sum(amount_minor), sum(tax_minor), sum(commission_minor)
from paid cross join unnest('{${Object.values(sumMinutes)}}'::integer[]) as g (minutes)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9
order by minutes, since, product_id, reseller, channel collate "C", currency collate "C", is_sale, is_reversal
on conflict (organization_id, minutes, since, product_id, reseller_id, channel, currency, is_sale, is_reversal) do update
set payments = s.payments + excluded.payments, amount_minor = s.amount_minor + excluded.amount_minor,
  tax_minor = s.tax_minor + excluded.tax_minor, commission_minor = s.commission_minor + excluded.commission_minor`,
);

const of = paymentTable.in("y");
/** The columns of a payment; the parts of its amount have its currency. */
export const paymentColumns = columns({
  ...of,
  tax: columns({ minor: large("y.tax_minor"), currency: text("y.currency") }),
  commission: columns({ minor: large("y.commission_minor"), currency: text("y.currency") }),
});

/** The payments for the entitlements with these codes, the oldest first. */
export const readPayments = query(
  "read_payments_of",
  paymentColumns,
  `select ${paymentColumns.sql} from entitlement e
join payment y on y.organization_id = $1 and y.entitlement_id = e.id
where e.organization_id = $1 and e.code = any($2::text[]) order by y.id`,
);

/** Payments are only ever added. The lock of an entitlement keeps others from adding one for it. */
export const storedPayments: StoredNoun<number, Payment> = {
  noun: payments,
  sequence: "payment_id_seq",

  async load({ sql, organizationId }, asked) {
    return [rows(payments, await readPayments(sql, organizationId, asked.questions(paymentsOf)))];
  },

  *write({ sql, organizationId }, changes) {
    yield insertPayments(sql, organizationId, ...paymentTable.arrays(onlyAdded(payments, changes)));
  },
};
