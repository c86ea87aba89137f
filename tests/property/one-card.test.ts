import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command } from "../../src/core/command.ts";
import { openPool } from "../../src/storage/database.ts";
import { openTestEngine, successOf } from "../support/engine.ts";
import { tries } from "./history.ts";

/** Above those of the other tests of this folder. */
let lastOrganizationId = 5_000;

const acts = [
  ...["sell", "sell_named", "hold", "top_up", "undo_top_up", "void", "return", "end", "refund", "keep"],
  ...["suspend", "reinstate", "reissue", "revoke"],
] as const;

/** Acts on the one card of a group, each in one of two processes; those of a round are sent at once. */
const history = fc.array(
  fc.array(fc.record({ act: fc.constantFrom(...acts), engine: fc.constantFrom(0, 1), nth: fc.nat(3) }), {
    minLength: 1,
    maxLength: 4,
  }),
  { minLength: 4, maxLength: 14 },
);

test("whatever is done with one card in two processes, its payments, its balance, the stock and the quota agree", async (t) => {
  const one = await openTestEngine(t);
  const two = await openTestEngine(t, { beside: one });
  const pool = openPool(one.database.address, 2);
  t.after(() => pool.end());
  const property = fc.asyncProperty(history, async (rounds) => {
    const organizationId = ++lastOrganizationId;
    await one.administration.ensureOrganization(organizationId, "Cards");
    const give = async <C extends Command>(command: C) => successOf(await one.execute(command, { organizationId }));
    const sql = async <R extends object>(text: string) => (await pool.query<R>(text, [organizationId])).rows;
    const { operator } = await give({
      ...{ verb: "create_operator", login: "alpha", passwordHash: "none", role: "reseller" },
    } as const);
    const price = { minor: 500n, currency: "EUR" };
    await give({
      verb: "create_product",
      kind: "card_group",
      id: 1,
      terms: { name: "One", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
      stock: { ownerId: null, price, taxPpm: 0, numberDigits: 4, secretDigits: 4, imageUrl: "" },
    });
    await give({
      ...{
        verb: "add_stock",
        productId: 1,
        numbers: ["1000"],
        secretDigits: 4,
        balance: price,
        batch: "",
        details: {},
      },
    } as const);
    const { id: operatorId, login } = operator;
    const terms = { commissionPpm: 100_000, quota: 3 };
    await give({ verb: "change_reseller_terms", operatorId, login, productId: 1, ...terms });

    let reissued = 1000;
    const sale = { ownerId: operatorId, email: null, currency: null, channel: "shop" } as const;
    const commandOf = (act: (typeof acts)[number], number: string, paymentId: number): Command => {
      const named = { productId: 1, number, description: "" };
      const ofCode = { productId: 1, code: number };
      switch (act) {
        case "sell":
          return { verb: "sell", productId: 1, what: { quantity: 1 }, ...sale };
        case "sell_named":
          return { verb: "sell", productId: 1, what: { number }, ...sale, ownerId: null };
        case "hold":
          return { verb: "hold", productId: 1, what: { stock: 1, ownerId: null }, reference: "", durationMs: 1_000 };
        case "top_up":
          return { verb: "top_up", ...named, ownerId: null, amount: { minor: 300n, currency: "EUR" } };
        case "undo_top_up":
          return { verb: "undo_top_up", ...named, paymentId };
        case "void":
          return { verb: "void_sale", ...named };
        case "return":
          return { verb: "return_card", ...named, toStock: true, secretDigits: 0 };
        case "end":
          return { verb: "return_card", ...named, toStock: false, secretDigits: 0 };
        case "refund":
        case "keep":
          return { verb: "refund_card", ...named, isKept: act === "keep" };
        case "suspend":
          return { verb: "suspend", ...ofCode };
        case "reinstate":
          return { verb: "reinstate", ...ofCode };
        case "reissue":
          return { verb: "reissue", ...ofCode, newCode: String(++reissued) };
        case "revoke":
          return { verb: "revoke", ...ofCode };
      }
    };

    for (const round of rounds) {
      const [card] = await sql<{ code: string }>("select code from entitlement where organization_id = $1");
      const topUps = await sql<{ id: string }>(
        "select id from payment where organization_id = $1 and sale_id is null and reverses is null order by id",
      );
      await Promise.all(
        round.map(({ act, engine, nth }) => {
          const paymentId = Number(topUps[nth % topUps.length]?.id ?? 0);
          const command = commandOf(act, card?.code ?? "", paymentId);
          return (engine === 0 ? one : two).execute(command, { organizationId });
        }),
      );
      one.nowMs += 700;
      two.nowMs = one.nowMs;
      assert.deepEqual(await sql(stray), [], JSON.stringify(round));
    }
  });
  await fc.assert(property, tries(30));
});

/** What does not agree, by its name. */
const stray = `
with open as (
  select y.* from payment y where y.organization_id = $1 and y.reverses is null
    and not exists (select from payment r where r.organization_id = $1 and r.reverses = y.id)
)
select 'balance' as stray from entitlement e
where e.organization_id = $1 and e.balance_minor <> 500 + (select coalesce(sum(credited_minor), 0) from open)
union all
select 'two sales' where (select count(*) from open where sale_id is not null) > 1
union all
select 'sold and in stock' from entitlement e
where e.organization_id = $1 and e.in_stock and exists (select from open)
union all
select 'stock' from product p where p.organization_id = $1
  and p.in_stock <> (select count(*) from entitlement e where e.organization_id = $1 and e.in_stock and e.revoked_at is null)
union all
select 'issued' from product p where p.organization_id = $1
  and p.issued <> (select count(*) from entitlement e where e.organization_id = $1 and not e.in_stock and e.revoked_at is null)
union all
select 'quota' from reseller_terms s where s.organization_id = $1
  and s.sold <> (select count(*) from open where sale_id is not null and reseller_id = s.operator_id)
union all
select 'amounts' from payment r join payment y on y.organization_id = $1 and y.id = r.reverses
where r.organization_id = $1
  and (r.amount_minor, r.commission_minor, r.credited_minor) <> (-y.amount_minor, -y.commission_minor, -y.credited_minor)
union all
select 'sums of ' || g.minutes from unnest('{15,60,240,1440}'::integer[]) as g (minutes)
where (select array[count(*), sum(amount_minor), sum(commission_minor)] from payment where organization_id = $1) is distinct from
  (select array[coalesce(sum(payments), 0), sum(amount_minor), sum(commission_minor)] from payment_sum
   where organization_id = $1 and minutes = g.minutes)`;
