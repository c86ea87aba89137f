import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { Command, Outcome } from "../../src/core/command.ts";
import { dayIn } from "../../src/core/time-zone.ts";
import { type PaymentSums, reportParts } from "../../src/queries/reports.ts";
import { openPool } from "../../src/storage/database.ts";
import { openTestEngine, resultOf, startMs, successOf, type TestEngine } from "../support/engine.ts";
import { tries } from "./history.ts";
import { type Act, balanceAtFirst, codesOf, groups, history, ratesAtFirst, type Seller } from "./money-history.ts";
import { MoneyModel } from "./money-model.ts";

/** Above those of the engines themselves. */
let lastOrganizationId = 2_000;

/** An organization of its own for every run, with the groups, resellers and currencies of the histories. */
interface Business {
  readonly organizationId: number;
  readonly resellers: readonly number[];
  /** The numbers of the top-ups that were made, in their order. */
  readonly topUps: number[];
  readonly engines: readonly TestEngine[];
  sql<R extends object>(text: string): Promise<R[]>;
}

async function openBusinesses(t: TestContext): Promise<() => Promise<Business>> {
  const one = await openTestEngine(t);
  const two = await openTestEngine(t, { beside: one });
  const pool = openPool(one.database.address, 2);
  t.after(() => pool.end());
  return async () => {
    const organizationId = ++lastOrganizationId;
    await one.administration.ensureOrganization(organizationId, "Cards");
    setTime([one, two], startMs);
    const give = async <C extends Command>(command: C) => successOf(await one.execute(command, { organizationId }));
    const resellers: number[] = [];
    for (const login of ["alpha", "beta"]) {
      const { operator } = await give({ verb: "create_operator", login, passwordHash: "none", role: "reseller" });
      resellers.push(operator.id);
    }
    for (const [code, rate] of ratesAtFirst) await give({ verb: "change_currency", code, rate, isNew: true });
    for (const { id, owner, currency, minor, taxPpm, renewsPin } of groups) {
      const terms = { name: `Group ${id}`, description: "", startsAtMs: null, endsAtMs: null, capacity: null };
      await give({
        verb: "create_product",
        kind: "card_group",
        id,
        terms: { ...terms, accessKeys: [] },
        stock: {
          ownerId: owner === null ? null : (resellers[owner] ?? null),
          price: { minor, currency },
          taxPpm,
          numberDigits: 4,
          secretDigits: 8,
          imageUrl: "",
        },
      });
      if (renewsPin) await give({ verb: "change_stock_terms", productId: id, renewsPin });
      const balance = { minor: balanceAtFirst, currency };
      const stock = { verb: "add_stock", secretDigits: 8, balance, batch: "", details: {} } as const;
      await give({ ...stock, productId: id, numbers: codesOf(id) });
    }
    const sql = async <R extends object>(text: string) => (await pool.query<R>(text, [organizationId])).rows;
    return { organizationId, resellers, topUps: [], engines: [one, two], sql };
  };
}

function setTime(engines: readonly TestEngine[], nowMs: number): void {
  for (const engine of engines) engine.nowMs = nowMs;
}

/** The command for an act. */
function commandOf({ resellers, topUps }: Business, one: Act, nowMs: number, topUpOf: Map<number, string>): Command {
  const idOf = (seller: Seller) => (seller === null ? null : (resellers[seller] ?? null));
  switch (one.act) {
    case "sell":
    case "sell_card": {
      const isNamed = one.act === "sell_card";
      return {
        verb: "sell",
        productId: isNamed ? groupOf(one.card) : one.group,
        ownerId: idOf(one.seller),
        what: isNamed ? { number: one.card } : { quantity: one.quantity },
        email: null,
        currency: isNamed ? null : one.currency,
        channel: "shop",
      };
    }
    case "top_up": {
      const { id, owner } = groupNamed(groupOf(one.card));
      const amount = { minor: one.minor, currency: one.currency };
      const named = { productId: id, ownerId: idOf(owner), number: one.card };
      return { verb: "top_up", ...named, amount, description: "", channel: "phone" };
    }
    case "undo": {
      const paymentId = topUps[one.nth % topUps.length] ?? 0;
      const number = topUpOf.get(paymentId) ?? "1000";
      return { verb: "undo_top_up", productId: groupOf(number), number, paymentId, description: "" };
    }
    case "price": {
      const { currency } = groupNamed(one.group);
      const price = { amount: { minor: one.minor, currency }, fromMs: nowMs + one.aheadMs };
      return { verb: "change_stock_terms", productId: one.group, price };
    }
    case "terms": {
      const { minor, commissionPpm, quota } = one;
      return {
        verb: "change_reseller_terms",
        productId: one.group,
        operatorId: resellers[one.reseller] ?? 0,
        login: ["alpha", "beta"][one.reseller] ?? "",
        price: minor === null ? null : { minor, currency: groupNamed(one.group).currency },
        commissionPpm,
        quota,
      };
    }
    case "rate":
      return { verb: "change_currency", code: one.code, rate: one.rate, isNew: false };
    default: {
      const productId = groupOf(one.card);
      const card = { productId, number: one.card, description: "" };
      if (one.act === "void") return { verb: "void_sale", ...card };
      if (one.act.startsWith("refund")) return { verb: "refund_card", ...card, isKept: one.act === "refund_kept" };
      const toStock = one.act === "return_to_stock";
      return {
        verb: "return_card",
        ...card,
        toStock,
        secretDigits: toStock && groupNamed(productId).renewsPin ? 8 : 0,
      };
    }
  }
}

const groupOf = (code: string) => Math.floor(Number(code) / 1000);
const groupNamed = (id: number) => groups.find((group) => group.id === id) ?? groups[0];

/** Carries acts out, all at once; of two engines each does every other one. */
async function carryOut(business: Business, acts: readonly Act[], nowMs: number, topUpOf: Map<number, string>) {
  const { organizationId, engines, topUps } = business;
  return Promise.all(
    acts.map(async (one, index) => {
      const command = commandOf(business, one, nowMs, topUpOf);
      const outcome: Outcome | undefined = await engines[(index + topUps.length) % 2]?.execute(command, {
        organizationId,
      });
      assert.ok(outcome !== undefined);
      if (one.act === "top_up" && outcome.ok && "payment" in outcome.value) {
        topUps.push(outcome.value.payment.id);
        topUpOf.set(outcome.value.payment.id, one.card);
      }
      return resultOf(outcome);
    }),
  );
}

interface StoredPayment {
  readonly id: string;
  readonly code: string;
  readonly productId: string;
  readonly resellerId: string | null;
  readonly channel: string;
  readonly isSale: boolean;
  readonly currency: string;
  readonly amount: string;
  readonly tax: string;
  readonly commission: string;
  readonly credited: string;
  readonly paidAtMs: number;
  readonly reverses: string | null;
}

function paymentsOf({ sql }: Business): Promise<StoredPayment[]> {
  return sql(`select y.id::text, e.code, y.product_id::text as "productId", y.reseller_id::text as "resellerId", y.channel,
  y.sale_id is not null as "isSale", y.currency, y.amount_minor::text as amount, y.tax_minor::text as tax,
  y.commission_minor::text as commission, y.credited_minor::text as credited, y.paid_at as "paidAtMs",
  y.reverses::text
from payment y join entitlement e on e.organization_id = $1 and e.id = y.entitlement_id
where y.organization_id = $1 order by y.id`);
}

/** Offsets of whole, half and three quarters of an hour, to both sides, and of more than half a day. */
const zones = ["Europe/Helsinki", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"];

/** Fails unless reports, balances and stock say what the payments come to, in both processes. */
async function assertBalanced(business: Business): Promise<void> {
  const { organizationId, resellers, engines, sql } = business;
  const payments = await paymentsOf(business);
  const reversed = payments.flatMap(({ reverses }) => reverses ?? []);
  assert.equal(new Set(reversed).size, reversed.length, "no payment is paid back twice");

  // Reports are many queries, so each history looks at one of the zones.
  const timeZone = zones[organizationId % zones.length] ?? "UTC";
  // No longer than it must be, so that the bounds of the report are looked at, too.
  const days = payments.map(({ paidAtMs }) => dayIn(timeZone, paidAtMs)).sort();
  const [firstDay = dayIn(timeZone, startMs), lastDay = firstDay] = [days.at(0), days.at(-1)];
  for (const scope of [null, ...resellers]) {
    const mine = payments.filter(({ resellerId }) => scope === null || resellerId === String(scope));
    const expected = sumsOf(mine, timeZone);
    for (const { queries } of engines) {
      const asked = { firstDay, lastDay, timeZone, scope };
      const report = await queries.reports.payments(organizationId, { ...asked, by: new Set(reportParts) });
      assert.deepEqual(new Map(report.map((row) => [keyOf(row), figuresOf(row)])), expected, timeZone);
      const whole = await queries.reports.payments(organizationId, { ...asked, by: new Set() });
      const total = (rows: readonly PaymentSums[]) => rows.reduce((sum, { totalMinor }) => sum + totalMinor, 0n);
      assert.equal(total(whole), total(report));
    }
  }

  const cards = await sql<{ code: string; productId: number; inStock: boolean; isRevoked: boolean; balance: string }>(
    `select code, product_id::int as "productId", in_stock as "inStock", revoked_at is not null as "isRevoked",
  balance_minor::text as balance from entitlement where organization_id = $1`,
  );
  const isOpen = ({ id, reverses }: StoredPayment) => reverses === null && !reversed.includes(id);
  for (const { code, inStock, balance } of cards) {
    const own = payments.filter((payment) => payment.code === code);
    const credited = own.reduce((sum, one) => sum + BigInt(one.credited), balanceAtFirst);
    assert.equal(BigInt(balance), credited, `the balance of ${code}`);
    const openSales = own.filter((payment) => isOpen(payment) && payment.isSale).length;
    assert.ok(openSales <= (inStock ? 0 : 1), `${code} is paid once at most, and in stock not at all`);
    if (inStock) assert.equal(own.filter(isOpen).length, 0, `nothing is open for ${code}, which is in stock`);
  }

  const products = await sql<{ id: number; inStock: number; issued: number }>(
    'select id::int, in_stock::int as "inStock", issued::int from product where organization_id = $1',
  );
  for (const { id, inStock, issued } of products) {
    const own = cards.filter(({ productId }) => productId === id);
    assert.equal(inStock, own.filter((card) => card.inStock).length, `the stock of ${id}`);
    assert.equal(issued, own.filter((card) => !card.inStock && !card.isRevoked).length, `what is out of ${id}`);
  }
  const terms = await sql<{ productId: string; operatorId: string; sold: number }>(
    'select product_id::text as "productId", operator_id::text as "operatorId", sold::int from reseller_terms where organization_id = $1',
  );
  for (const { productId, operatorId, sold } of terms) {
    const own = payments.filter((one) => one.productId === productId && one.resellerId === operatorId && one.isSale);
    assert.equal(sold, own.filter(isOpen).length, `what ${operatorId} has sold of ${productId}`);
  }
}

type Figures = readonly bigint[];

function sumsOf(payments: readonly StoredPayment[], timeZone: string): Map<string, Figures> {
  const sums = new Map<string, Figures>();
  for (const one of payments) {
    const amount = BigInt(one.amount);
    const isReversal = one.reverses !== null;
    const [sale, unsale] = [one.isSale && !isReversal, one.isSale && isReversal];
    const figures = [
      sale ? 1n : 0n,
      unsale ? 1n : 0n,
      sale ? amount : 0n,
      unsale ? amount : 0n,
      one.isSale ? 0n : amount,
    ];
    const all = [...figures, amount, BigInt(one.tax), BigInt(one.commission)];
    const day = dayIn(timeZone, one.paidAtMs);
    const key = [day, one.resellerId, one.productId, one.channel, one.currency].join(" ");
    sums.set(
      key,
      all.map((figure, index) => figure + (sums.get(key)?.[index] ?? 0n)),
    );
  }
  return sums;
}

function keyOf({ day, resellerId, productId, channel, currency }: PaymentSums): string {
  return [day, resellerId, productId, channel, currency].join(" ");
}

function figuresOf(row: PaymentSums): Figures {
  const { soldMinor, unsoldMinor, toppedUpMinor, totalMinor, taxMinor, commissionMinor } = row;
  return [
    BigInt(row.sold),
    BigInt(row.unsold),
    soldMinor,
    unsoldMinor,
    toppedUpMinor,
    totalMinor,
    taxMinor,
    commissionMinor,
  ];
}

test("one act after the other in two processes: outcomes, payments, stock, balances and quotas are those of the model", async (t) => {
  const next = await openBusinesses(t);
  await fc.assert(
    fc.asyncProperty(history, async (moments) => {
      const business = await next();
      const model = new MoneyModel();
      const topUpOf = new Map<number, string>();
      let nowMs = startMs;
      for (const { afterMs, acts } of moments) {
        nowMs += afterMs;
        setTime(business.engines, nowMs);
        for (const one of acts) {
          const [result] = await carryOut(business, [one], nowMs, topUpOf);
          assert.equal(result, model.act(one, nowMs), fc.stringify(one));
        }
      }
      const stored = await paymentsOf(business);
      const places = new Map(stored.map(({ id }, place) => [id, place]));
      assert.deepEqual(
        stored.map(({ id, productId, paidAtMs, reverses, resellerId, ...one }) => ({
          ...one,
          reseller: resellerId === null ? null : business.resellers.indexOf(Number(resellerId)),
          atMs: paidAtMs,
          reverses: reverses === null ? null : places.get(reverses),
        })),
        model.payments.map(({ amount, tax, commission, credited, ...one }) => ({
          ...one,
          amount: String(amount),
          tax: String(tax),
          commission: String(commission),
          credited: String(credited),
        })),
      );
      const cards = await business.sql<{ code: string; is: string; balance: string }>(
        `select code, balance_minor::text as balance,
  case when in_stock then 'stock' when revoked_at is null then 'sold' else 'ended' end as is
from entitlement where organization_id = $1 order by code`,
      );
      assert.deepEqual(
        cards,
        [...model.cards].map(([code, { is }]) => ({ code, balance: String(model.balance(code)), is })),
      );
      await assertBalanced(business);
    }),
    tries(15),
  );
});

test("whatever two processes do at once, the books balance", async (t) => {
  const next = await openBusinesses(t);
  await fc.assert(
    fc.asyncProperty(history, async (moments) => {
      const business = await next();
      const topUpOf = new Map<number, string>();
      let nowMs = startMs;
      for (const { afterMs, acts } of moments) {
        nowMs += afterMs;
        setTime(business.engines, nowMs);
        await carryOut(business, acts, nowMs, topUpOf);
      }
      await assertBalanced(business);
    }),
    tries(15),
  );
});
