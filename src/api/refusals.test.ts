/** Every refusal of the verbs of the API is produced over HTTP, or it is said why nobody can produce it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiAnswer, type ApiClient, openApi } from "../../tests/support/api.ts";
import { afterReissue, assertRefusals } from "../../tests/support/api-refusals.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { terminal } from "../access/principals.ts";

let app: TestApp;
let ask: ApiClient;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask } = await openApi(app));
});
after(() => app.stop());

let made = 0;
/** A code that nothing has yet. */
const fresh = () => `7${String(++made).padStart(9, "0")}`;

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails otherwise.
async function make(line: string, body?: unknown): Promise<any> {
  const { status, json } = await ask(line, { body });
  assert.ok(status < 300, `${line}: ${JSON.stringify(json)}`);
  return json;
}

async function product(terms: object = {}): Promise<string> {
  return (await make("POST /v1/products", { kind: "event", name: "Concert", ...terms })).id;
}

async function ticket(of: string, terms: object = {}): Promise<{ id: string; code: string }> {
  const { items } = await make("POST /v1/entitlements", { product: of, codes: [fresh()], ...terms });
  return items[0];
}

const stockTerms = {
  price: { amount: 1240, currency: "EUR" },
  taxPpm: 240_000,
  numberDigits: 10,
  secretDigits: 4,
  imageUrl: "",
};
const balance = { amount: 1000, currency: "EUR" };

async function group(terms: object = {}, cards = 3) {
  const id = await product({ kind: "card_group", stock: stockTerms, ...terms });
  const codes = Array.from({ length: cards }, fresh);
  if (cards > 0) await make(`POST /v1/products/${id}/stock`, { codes, balance });
  return { id, codes };
}

/** A product that was retired, with an entitlement of it. */
async function retired(terms: object = {}) {
  const id = await product(terms);
  const one = await ticket(id);
  await make(`POST /v1/products/${id}/retire`);
  return { id, ticket: one };
}

async function revoked() {
  const one = await ticket(await product({ slots: 1 }));
  await make(`POST /v1/entitlements/${one.id}/revoke`);
  return one;
}

async function suspended() {
  const one = await ticket(await product({ slots: 1 }));
  await make(`POST /v1/entitlements/${one.id}/suspend`);
  return one;
}

/** A piece of stock that is not sold. */
async function unsold() {
  const { id, codes } = await group();
  const { items } = await make(`GET /v1/products/${id}/stock`);
  assert.equal(items[0].code, codes[0]);
  return { product: id, id: items[0].entitlement as string, code: items[0].code as string };
}

/** A product that sells no more for a while. */
async function closed(terms: object = {}): Promise<string> {
  const id = await product(terms);
  const command = { verb: "close_product", productId: Number(id), renewable: false } as const;
  const outcome = await app.app.engine.execute({ organizationId: 1, principal: terminal, address: null, command });
  assert.ok(outcome.ok);
  return id;
}

const nowhere = "999999999";
const slotsAbsent = "the API gives no entitlement slots of its own";
const productStays = "an entitlement is found with its product, which is not removed while it has entitlements";
/** A request about an entitlement that gets a new code meanwhile. */
const recodedBy = (act: string, body?: unknown) => async (): Promise<ApiAnswer> => {
  const { id } = await ticket(await product({ slots: 1 }));
  return afterReissue(app, id, () => ask(`POST /v1/entitlements/${id}/${act}`, { body }));
};

test("redeem and undo", async () => {
  const plain = await product();
  const one = await ticket(plain, { codes: [fresh()] });
  const used = await ticket(plain);
  await make(`POST /v1/entitlements/${used.id}/redeem`);
  const daily = await ticket(await product({ uses: { max: 1, per: "day" } }));
  await make(`POST /v1/entitlements/${daily.id}/redeem`);
  const many = await ticket(await product({ uses: { max: 3, per: "entitlement" } }));
  const inside = await ticket(await product({ uses: { max: null, per: "entitlement" }, reentry: "after_exit" }));
  const outside = await ticket(await product({ uses: { max: null, per: "entitlement" }, reentry: "after_exit" }));
  await make(`POST /v1/entitlements/${inside.id}/redeem`);
  const old = await ticket(plain);
  await make(`POST /v1/entitlements/${old.id}/reissue`);
  const over = await ticket(await product({ endsAt: "2026-01-01T00:00:00Z" }));
  const ahead = await ticket(await product({ startsAt: "2099-01-01T00:00:00Z" }));
  const category = { name: "X", capacity: null, price: null, colour: null };
  const sorted = await product({
    categories: [
      { ...category, key: "a" },
      { ...category, key: "b" },
    ],
  });
  const other = await ticket(sorted, { category: "b" });
  const narrow = await openApi(app, { limits: { categories: ["a"] } });
  const by = (id: string, body: object = {}) => [`POST /v1/entitlements/${id}/redeem`, body] as const;

  await assertRefusals(ask, "redeem", {
    product_not_found: ["POST /v1/redeem", { code: one.code, product: nowhere }],
    entitlement_not_found: ["POST /v1/redeem", { code: "nowhere" }],
    code_replaced: ["POST /v1/redeem", { code: old.code }],
    quantity_invalid: { schema: by(many.id, { count: 0 }) },
    direction_invalid: by(one.id, { direction: "exit" }),
    occurred_at_impossible: by(one.id, { occurredAt: "2099-01-01T00:00:00Z" }),
    product_retired: by((await retired()).ticket.id),
    entitlement_revoked: by((await revoked()).id),
    entitlement_suspended: by((await suspended()).id),
    category_elsewhere: () => narrow.ask("POST /v1/redeem", { body: { code: other.code, product: sorted } }),
    already_redeemed: by(used.id),
    already_redeemed_today: by(daily.id),
    uses_short: by(many.id, { count: 4 }),
    already_inside: by(inside.id),
    not_inside: by(outside.id, { direction: "exit" }),
    not_sold: by((await unsold()).id),
    not_yet_valid: by(ahead.id),
    no_longer_valid: by(over.id),
  });

  const reason = "Scanned by mistake";
  const kept = await retired();
  const gone = await product();
  const goneTicket = await ticket(gone);
  await make(`POST /v1/entitlements/${goneTicket.id}/redeem`);
  await make(`POST /v1/products/${gone}/retire`);
  assert.ok(kept);
  const ended = await ticket(plain);
  await make(`POST /v1/entitlements/${ended.id}/redeem`);
  await make(`POST /v1/entitlements/${ended.id}/revoke`);
  await assertRefusals(ask, "undo", {
    product_not_found: productStays,
    entitlement_not_found: [`POST /v1/entitlements/${nowhere}/undo`, { reason }],
    code_replaced: recodedBy("undo", { reason }),
    use_not_found: [`POST /v1/entitlements/${one.id}/undo`, { reason }],
    text_invalid: [`POST /v1/entitlements/${used.id}/undo`, { reason: "   " }],
    product_retired: [`POST /v1/entitlements/${goneTicket.id}/undo`, { reason }],
    entitlement_revoked: [`POST /v1/entitlements/${ended.id}/undo`, { reason }],
  });
});

test("issue and revoke", async () => {
  const category = { key: "a", name: "A", capacity: null, price: null, colour: null };
  const limited = await product({ capacity: 1, categories: [category] });
  const one = await ticket(limited);
  const { id: held } = await make("POST /v1/holds", { product: await product(), quantity: 1, reference: "A-1" });
  const free = await product();
  const { id: ended } = await make("POST /v1/holds", { product: free, quantity: 1, reference: "A-1" });
  await make(`POST /v1/holds/${ended}/release`);
  const { id: small } = await make("POST /v1/holds", { product: free, quantity: 1, reference: "A-1" });
  const into = (of: string, body: object = {}) => ["POST /v1/entitlements", { product: of, ...body }] as const;
  await assertRefusals(ask, "issue", {
    product_not_found: into(nowhere),
    category_not_found: into(limited, { category: "b" }),
    hold_not_found: into(free, { hold: held }),
    name_invalid: { schema: into(free, { customer: "x".repeat(321) }) },
    period_reversed: into(free, { expiresAt: "2020-01-01T00:00:00Z" }),
    quantity_invalid: into(free, { hold: small, quantity: 2 }),
    code_invalid: into(free, { codes: [" 1"] }),
    uses_invalid: { schema: into(free, { usesMax: 0 }) },
    slots_invalid: slotsAbsent,
    product_closed: into(await closed()),
    text_invalid: into(free, { metadata: { "": "" } }),
    code_taken: into(free, { codes: [one.code] }),
    product_retired: into((await retired()).id),
    hold_ended: into(free, { hold: ended }),
    capacity_reached: into(limited),
  });
  await assertRefusals(ask, "revoke", {
    product_not_found: productStays,
    entitlement_not_found: [`POST /v1/entitlements/${nowhere}/revoke`],
    code_replaced: recodedBy("revoke"),
  });
});

test("suspend, reinstate, extend, change", async () => {
  const ended = await revoked();
  for (const verb of ["suspend", "reinstate"] as const) {
    await assertRefusals(ask, verb, {
      product_not_found: productStays,
      entitlement_not_found: [`POST /v1/entitlements/${nowhere}/${verb}`],
      code_replaced: recodedBy(verb),
      entitlement_revoked: [`POST /v1/entitlements/${ended.id}/${verb}`],
    });
  }
  const one = await ticket(await product());
  const expiresAt = "2099-01-01T00:00:00Z";
  await assertRefusals(ask, "extend", {
    product_not_found: productStays,
    entitlement_not_found: [`POST /v1/entitlements/${nowhere}/extend`, {}],
    code_replaced: recodedBy("extend", { expiresAt }),
    period_reversed: [`POST /v1/entitlements/${one.id}/extend`, { startsAt: "2099-01-02T00:00:00Z", expiresAt }],
    product_retired: [`POST /v1/entitlements/${(await retired()).ticket.id}/extend`, { expiresAt }],
    entitlement_revoked: [`POST /v1/entitlements/${ended.id}/extend`, { expiresAt }],
  });
  await assertRefusals(ask, "change_entitlement", {
    product_not_found: productStays,
    entitlement_not_found: [`PATCH /v1/entitlements/${nowhere}`, {}],
    code_replaced: async () => {
      const { id } = await ticket(await product());
      return afterReissue(app, id, () => ask(`PATCH /v1/entitlements/${id}`, { body: { reference: "x" } }));
    },
    uses_invalid: { schema: [`PATCH /v1/entitlements/${one.id}`, { usesMax: 0 }] },
    slots_invalid: slotsAbsent,
    slots_in_use: slotsAbsent,
    text_invalid: [`PATCH /v1/entitlements/${one.id}`, { reference: "  " }],
  });
});

test("transfer and reissue", async () => {
  const plain = await product();
  const [one, other, used] = [await ticket(plain), await ticket(plain), await ticket(plain)];
  await make(`POST /v1/entitlements/${used.id}/redeem`);
  const inside = await ticket(await product({ uses: { max: 1, per: "entitlement" }, reentry: "after_exit" }));
  await make(`POST /v1/entitlements/${inside.id}/redeem`);
  const { id: cards } = await group();
  const { cards: sold } = await make("POST /v1/sales", { product: cards, quantity: 1 });
  const gone = await retired();
  const customer = "grace@example.com";
  const by = (id: string, body: object = {}) =>
    [`POST /v1/entitlements/${id}/transfer`, { customer, ...body }] as const;
  await assertRefusals(ask, "transfer", {
    product_not_found: productStays,
    entitlement_not_found: by(nowhere),
    code_replaced: recodedBy("transfer", { customer }),
    name_invalid: by(one.id, { customer: "  " }),
    code_invalid: by(sold[0].entitlement, { code: "12" }),
    code_taken: by(one.id, { code: other.code }),
    product_retired: by(gone.ticket.id),
    entitlement_revoked: by((await revoked()).id),
    entitlement_suspended: by((await suspended()).id),
    already_redeemed: by(used.id),
    already_inside: by(inside.id),
    not_sold: by((await unsold()).id),
  });
  const anew = (id: string, body: object = {}) => [`POST /v1/entitlements/${id}/reissue`, body] as const;
  await assertRefusals(ask, "reissue", {
    product_not_found: productStays,
    entitlement_not_found: anew(nowhere),
    code_replaced: recodedBy("reissue"),
    code_invalid: anew(sold[0].entitlement, { code: "12" }),
    code_taken: anew(one.id, { code: other.code }),
    product_retired: anew(gone.ticket.id),
    entitlement_revoked: anew((await revoked()).id),
    not_sold: anew((await unsold()).id),
  });
});

test("bind and unbind", async () => {
  const seat = (name: string) => ({ kind: "seat", name });
  const two = await product({ slots: 2 });
  const customer = "luigi@example.com";
  const one = await ticket(two, { customer });
  const bind = (id: string, body: object) => [`POST /v1/entitlements/${id}/bind`, { register: true, ...body }] as const;
  const bound = await make(...bind(one.id, { device: seat("A") }));
  const slotted = await ticket(await product({ slots: 1 }), { customer });
  await make(...bind(slotted.id, { device: seat("A") }));
  const disabled = await ticket(two, { customer: "mario@example.com" });
  const { bindings } = await make(...bind(disabled.id, { device: seat("B") }));
  await make(`POST /v1/devices/${bindings[0].device.id}/disable`);
  await make(`POST /v1/entitlements/${disabled.id}/unbind`);
  assert.equal(bound.bindings[0].slot, 0);
  const device = seat("C");
  await assertRefusals(ask, "bind", {
    product_not_found: productStays,
    entitlement_not_found: bind(nowhere, { device }),
    code_replaced: recodedBy("bind", { device, register: true }),
    device_not_found: [`POST /v1/entitlements/${one.id}/bind`, { device }],
    device_invalid: bind(one.id, { device: { kind: "machine", name: "no address" } }),
    slot_not_found: bind(one.id, { device, slot: 2 }),
    product_retired: bind((await retired({ slots: 1 })).ticket.id, { device }),
    entitlement_revoked: bind((await revoked()).id, { device }),
    entitlement_suspended: bind((await suspended()).id, { device }),
    device_disabled: bind(disabled.id, { device: seat("B") }),
    slot_taken: bind(one.id, { device, slot: 0 }),
    already_bound: bind(one.id, { device: seat("A"), slot: 1 }),
    slots_taken: bind(slotted.id, { device }),
    not_yet_valid: bind((await ticket(await product({ slots: 1, startsAt: "2099-01-01T00:00:00Z" }))).id, { device }),
    no_longer_valid: bind((await ticket(await product({ slots: 1, endsAt: "2026-01-01T00:00:00Z" }))).id, { device }),
  });
  await assertRefusals(ask, "unbind", {
    product_not_found: productStays,
    entitlement_not_found: [`POST /v1/entitlements/${nowhere}/unbind`, {}],
    code_replaced: recodedBy("unbind"),
    not_bound: [`POST /v1/entitlements/${one.id}/unbind`, { device }],
  });
});

test("hold and release", async () => {
  const full = await product({ capacity: 1 });
  const { id: cards } = await group();
  const hold = (of: string, body: object = {}) =>
    ["POST /v1/holds", { product: of, quantity: 1, reference: "A-1", ...body }] as const;
  await assertRefusals(ask, "hold", {
    product_not_found: hold(nowhere),
    category_not_found: hold(full, { category: "b" }),
    quantity_invalid: hold(full, { quantity: 101 }),
    text_invalid: hold(full, { reference: "  " }),
    duration_invalid: { schema: hold(full, { seconds: 86_401 }) },
    product_retired: hold((await retired()).id),
    product_closed: hold(await closed()),
    capacity_reached: hold(full, { quantity: 2 }),
    stock_short: hold(cards, { quantity: 4 }),
  });
  const { id } = await make(...hold(full));
  await make(`POST /v1/holds/${id}/release`);
  await assertRefusals(ask, "release", {
    product_not_found: "a hold is found with its product, and goes with it",
    hold_not_found: [`POST /v1/holds/${nowhere}/release`],
    hold_ended: [`POST /v1/holds/${id}/release`],
  });
});

test("gates", async () => {
  const of = await product({
    categories: [{ key: "a", name: "A", capacity: null, price: null, colour: null }],
  });
  await make("POST /v1/gates", { name: "North", accessKeys: ["NORTHGATE1"] });
  const { id } = await make("POST /v1/gates", { name: "South" });
  const many = Array.from({ length: 201 }, () => ({ product: of, categories: null }));
  for (const [verb, line, name] of [
    ["create_gate", "POST /v1/gates", "West"],
    ["change_gate", `PATCH /v1/gates/${id}`, "South"],
  ] as const) {
    const send = (body: object) => [line, { name, ...body }] as const;
    const ways = {
      product_not_found: send({ admits: [{ product: nowhere, categories: null }] }),
      category_not_found: send({ admits: [{ product: of, categories: ["b"] }] }),
      name_invalid: send({ name: "  " }),
      quantity_invalid: { schema: send({ admits: many }) },
      access_key_invalid: send({ accessKeys: ["SHORT"] }),
      gate_taken: send({ name: "North" }),
      access_key_taken: send({ accessKeys: ["NORTHGATE1"] }),
    };
    if (verb === "create_gate") await assertRefusals(ask, verb, ways);
    else await assertRefusals(ask, verb, { ...ways, gate_not_found: [`PATCH /v1/gates/${nowhere}`, {}] });
  }
  await assertRefusals(ask, "retire_gate", { gate_not_found: [`POST /v1/gates/${nowhere}/retire`] });
});

test("stock, sales and top-ups", async () => {
  const { id: cards, codes } = await group();
  const stock = (of: string, body: object = {}) =>
    [`POST /v1/products/${of}/stock`, { codes: [fresh()], balance, ...body }] as const;
  await make(...stock(cards, { codes: [fresh()], pins: ["1234"] }));
  const gone = await group();
  await make("POST /v1/sales", { product: gone.id, quantity: 1 });
  const { items: rest } = await make(`GET /v1/products/${gone.id}/stock`);
  const { cards: lost } = await make("POST /v1/sales", { product: gone.id, quantity: 1 });
  await make(`POST /v1/products/${gone.id}/retire`);
  const narrow = await group({ stock: { ...stockTerms, secretDigits: 1 } }, 2);
  await assertRefusals(ask, "add_stock", {
    product_not_found: stock(await product()),
    quantity_invalid: stock(cards, { codes: [] }),
    code_invalid: stock(cards, { codes: ["12"] }),
    secret_taken: stock(cards, { pins: ["1234"] }),
    product_retired: stock(gone.id),
    capacity_reached: "only a protocol that bounds the stock of resellers asks for it",
    secret_space_short: stock(narrow.id, { codes: [fresh()] }),
  });

  const sell = (of: string, body: object = { quantity: 1 }) => ["POST /v1/sales", { product: of, ...body }] as const;
  const [sold] = (await make(...sell(cards, { code: codes[0] }))).cards;
  const act = async (code: string | undefined, what: string) => {
    const { items } = await make(`GET /v1/entitlements?code=${code}`);
    await make(`POST /v1/entitlements/${items[0].id}/${what}`);
    return code;
  };
  const { codes: others, id: more } = await group({}, 6);
  await act(others[5], "suspend");
  const { id: held } = await make("POST /v1/holds", { product: more, quantity: 1, reference: "A-1" });
  const ended = await make("POST /v1/holds", { product: more, quantity: 1, reference: "A-2" });
  await make(`POST /v1/holds/${ended.id}/release`);
  const redeemed = (await make(...sell(more, { code: others[4] }))).cards[0];
  await make(`POST /v1/entitlements/${redeemed.entitlement}/redeem`);
  const renewed = (await make(...sell(more, { code: others[3] }))).cards[0];
  await make(`POST /v1/entitlements/${renewed.entitlement}/reissue`);
  await act(others[2], "revoke");
  const { id: ahead } = await group({ startsAt: "2099-01-01T00:00:00Z" });
  const { id: over } = await group({ endsAt: "2026-01-01T00:00:00Z" });
  const { operatorId, ask: asReseller } = await openApi(app, { role: "reseller" });
  const login = (await app.app.queries.operators.all(1)).find(({ id }) => id === operatorId)?.login ?? "";
  const terms = { verb: "change_reseller_terms", login, operatorId, productId: Number(cards), quota: 1 } as const;
  const bounded = await app.app.engine.execute({
    organizationId: 1,
    principal: terminal,
    address: null,
    command: terms,
  });
  assert.ok(bounded.ok);
  await assertRefusals(ask, "sell", {
    product_not_found: sell(await product()),
    entitlement_not_found: sell(cards, { code: "0000000000" }),
    code_replaced: sell(more, { code: others[3] }),
    hold_not_found: sell(cards, { hold: held, quantity: 1 }),
    quantity_invalid: sell(more, { hold: held, quantity: 2 }),
    text_invalid: sell(cards, { quantity: 1, reference: "  " }),
    product_retired: sell(gone.id),
    product_closed: sell(await closed({ kind: "card_group", stock: stockTerms })),
    entitlement_revoked: sell(more, { code: others[2] }),
    entitlement_suspended: sell(more, { code: others[5] }),
    hold_ended: sell(more, { hold: ended.id, quantity: 1 }),
    already_redeemed: sell(more, { code: others[4] }),
    already_sold: sell(cards, { code: codes[0] }),
    entitlement_held: sell(more, { code: others[0] }),
    stock_short: sell(cards, { quantity: 1_000 }),
    quota_reached: () => asReseller("POST /v1/sales", { body: { product: cards, quantity: 2 } }),
    not_yet_valid: sell(ahead),
    no_longer_valid: sell(over),
  });

  const amount = { amount: 100, currency: "EUR" };
  const topUp = (id: string, body: object = { amount }) => [`POST /v1/entitlements/${id}/top-up`, body] as const;
  const [hushed, dead, recodedCard] = (await make(...sell((await group()).id, { quantity: 3 }))).cards;
  await make(`POST /v1/entitlements/${hushed.entitlement}/suspend`);
  await make(`POST /v1/entitlements/${dead.entitlement}/revoke`);
  assert.ok(rest.length > 0);
  await assertRefusals(ask, "top_up", {
    product_not_found: topUp((await ticket(await product())).id),
    entitlement_not_found: topUp(nowhere),
    code_replaced: () =>
      afterReissue(app, recodedCard.entitlement, () =>
        ask(`POST /v1/entitlements/${recodedCard.entitlement}/top-up`, { body: { amount } }),
      ),
    amount_invalid: topUp(sold.entitlement, { amount: { amount: 0, currency: "EUR" } }),
    product_retired: topUp(lost[0].entitlement),
    entitlement_revoked: topUp(dead.entitlement),
    entitlement_suspended: topUp(hushed.entitlement),
    not_sold: topUp((await unsold()).id),
  });
});

test("customers and devices", async () => {
  const { id } = await make("POST /v1/customers", { name: "anna@example.com" });
  await make("POST /v1/customers", { name: "bert@example.com" });
  await assertRefusals(ask, "create_customer", {
    operator_not_found: "a customer belongs to the caller",
    name_invalid: ["POST /v1/customers", { name: "  " }],
    number_invalid: "numbers are given by the server",
    customer_exists: ["POST /v1/customers", { name: "ANNA@example.com" }],
    number_taken: "numbers are given by the server",
  });
  const change = (body: object, of = id) => [`PATCH /v1/customers/${of}`, body] as const;
  await assertRefusals(ask, "change_customer", {
    operator_not_found: "the owner of a customer is not changed here",
    customer_not_found: change({}, nowhere),
    name_invalid: change({ name: "  " }),
    text_invalid: change({ metadata: { "": "" } }),
    customer_exists: change({ name: "bert@example.com" }),
  });
  await assertRefusals(ask, "change_customer_password", {
    customer_not_found: [`PUT /v1/customers/${nowhere}/password`, { password: null }],
  });
  const register = (name: string, fingerprint: string, kind = "seat") =>
    [`POST /v1/customers/${id}/devices`, { device: { kind, name }, fingerprint }] as const;
  const { id: device } = await make(...register("A", "one"));
  const { id: off } = await make(...register("B", "two"));
  await make(`POST /v1/devices/${off}/disable`);
  await assertRefusals(ask, "register_device", {
    device_invalid: register("no address", "three", "machine"),
    fingerprint_differs: register("A", "three"),
    fingerprint_taken: register("C", "two"),
    device_disabled: register("B", "two"),
  });
  await assertRefusals(ask, "change_device", {
    device_not_found: [`POST /v1/devices/${nowhere}/disable`],
    text_invalid: [`PATCH /v1/devices/${device}`, { metadata: { "": "" } }],
  });
});
