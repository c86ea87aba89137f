import assert from "node:assert/strict";
import { test } from "node:test";
import {
  collect,
  createEvent,
  issue,
  openTestEngine,
  redeem,
  startMs,
  successOf,
} from "../../../tests/support/engine.ts";
import { type Cursor, everyPage, type Page, type PageRequest } from "../../queries/pages.ts";

type List<Row, Filter extends readonly unknown[]> = (
  ...request: [...filter: Filter, page: PageRequest<Row>]
) => Promise<Page<Row>>;

/** Pages of at most so many rows, each of which is asked for with the cursor of the one before. */
async function inPagesOf<Row, Filter extends readonly unknown[]>(
  limit: number,
  list: List<Row, Filter>,
  ...filter: Filter
): Promise<(readonly Row[])[]> {
  const pages: (readonly Row[])[] = [];
  let after: Cursor<Row> | undefined;
  do {
    const page: Page<Row> = await list(...filter, after === undefined ? { limit } : { limit, after });
    pages.push(page.rows);
    after = page.next;
  } while (after !== undefined);
  return pages;
}

/** The list has so many rows, and they are the same in pages of any size. */
async function assertPaged<Row, Filter extends readonly unknown[]>(
  name: string,
  rows: number,
  list: List<Row, Filter>,
  ...filter: Filter
): Promise<void> {
  const whole = await collect(everyPage(list, ...filter));
  assert.equal(whole.length, rows, name);
  for (const limit of [1, 2, 7, 100]) {
    const pages = await inPagesOf(limit, list, ...filter);
    assert.deepEqual(pages.flat(), whole, `${name} in pages of ${limit}`);
    assert.ok(Math.max(...pages.map((page) => page.length)) <= limit, `${name}: at most ${limit} rows in a page`);
  }
}

const terms = { name: "Some", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
const balance = { minor: 1000n, currency: "EUR" };

test("every list goes on at the cursor of a page, whatever its limit, and gives each row once", async (t) => {
  const { execute, queries, organizationId: organization, administration, sql } = await openTestEngine(t);
  for (let id = 1; id <= 5; id++) await execute(createEvent({}, id));
  await execute({ verb: "create_product", kind: "license", terms, id: 6 });
  for (const code of ["1", "2", "3", "03", "x"]) await execute(issue(1, code));
  for (const code of ["1", "2", "3"]) {
    await execute(redeem(1, code), { address: "192.0.2.1" });
    await execute(redeem(1, code, startMs), { address: "192.0.2.2" });
  }
  const ada = await administration.putCustomer(organization, { name: "ada@example.com", ownerId: null });
  await sql(
    `insert into entitlement (organization_id, id, product_id, code, issued_at, customer_id)
     select $1, nextval('entitlement_id_seq'), 6, 'held' || n, now(), ${ada} from generate_series(1, 120) as n`,
  );
  await execute(issue(1, "4", "ada@example.com"));
  await execute(redeem(1, "4"));
  const phone = { customerId: ada, type: "SIP", secret: "", host: "dynamic", port: null };
  for (const username of ["1001", "1002", "1003"]) {
    await administration.addPhoneDevice(organization, { ...phone, username });
  }

  const { entitlements, products, conflicts, log, phones } = queries;
  const held = { kind: "license", holder: "Ada@example.com" } as const;
  const about = { productId: 1, about: "entitlements" } as const;
  await assertPaged("products", 5, products.list, organization, { kind: "event" });
  await assertPaged("entitlements", 6, entitlements.list, organization, { productId: 1 });
  await assertPaged("held entitlements", 120, entitlements.heldBy, organization, held);
  await assertPaged("conflicts", 3, conflicts.list, organization, 1);
  await assertPaged("actions", 10, log.entries, organization, about);
  await assertPaged("a range", 4, log.entries, organization, { ...about, codes: { first: 1n, last: 2n } });
  await assertPaged("the log", 23, log.newest, organization, {});
  await assertPaged("the log of a product", 14, log.newest, organization, { productId: 1 });
  await assertPaged("refused lines", 3, log.newest, organization, { refusedOnly: true });
  await assertPaged("the log of a customer", 2, log.ofCustomer, organization, ada);
  await assertPaged("phones", 3, phones.list, organization, { customerId: ada, visibleOnly: false });
});

test("a list of cards goes on in the next group, also behind many that have none", async (t) => {
  const { execute, queries, organizationId } = await openTestEngine(t);
  const stock = { ownerId: null, price: balance, taxPpm: 0, numberDigits: 4, secretDigits: 8, imageUrl: "" };
  let made = 1000;
  const addGroup = async (count: number) => {
    const { product } = successOf(await execute({ verb: "create_product", kind: "card_group", terms, stock }));
    const numbers = Array.from({ length: count }, () => String(made++));
    const cards = { productId: product.id, numbers, secretDigits: 8, balance, batch: "", details: {} };
    if (count > 0) successOf(await execute({ verb: "add_stock", ...cards }));
    return product.id;
  };
  const first = await addGroup(3);
  await addGroup(2);
  await Promise.all(Array.from({ length: 120 }, () => addGroup(0)));
  await addGroup(2);
  const sale = { ownerId: null, email: null, currency: null, channel: "test" };
  successOf(await execute({ verb: "sell", productId: first, what: { number: "1001" }, ...sale }));
  const gone = await addGroup(1);
  await execute({ verb: "retire_product", productId: gone });

  const filter = { kind: "card_group", ownerId: null } as const;
  const numbers = ["1000", "1001", "1002", "1003", "1004", "1005", "1006"];
  for (const limit of [1, 2, 3, 4, 7, 100]) {
    const pages = await inPagesOf(limit, queries.cards.list, organizationId, filter);
    assert.deepEqual(
      pages.flat().map(({ entitlement }) => entitlement.code),
      numbers,
      `in pages of ${limit}`,
    );
    assert.ok(pages.every((page) => page.length <= limit));
  }

  const { next } = await queries.cards.list(organizationId, filter, { limit: 1 });
  assert.ok(next !== undefined);
  await execute({ verb: "retire_product", productId: first });
  const { rows } = await queries.cards.list(organizationId, filter, { after: next, limit: 1 });
  assert.equal(rows[0]?.entitlement.code, "1003", "a group that was retired meanwhile is passed over");
});
