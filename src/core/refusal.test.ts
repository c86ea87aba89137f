import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../tests/support/memory-state.ts";
import type { Binding } from "./binding.ts";
import type { Command, Verb } from "./command.ts";
import type { Entitlement } from "./entitlement.ts";
import type { Product, ProductTerms } from "./product.ts";
import { type Refusal, refusals, strongest } from "./refusal.ts";

const nowMs = Date.UTC(2026, 5, 1, 12);
const hourMs = 60 * 60 * 1000;

const gala: Product = {
  id: 1,
  kind: "event",
  name: "Gala",
  description: "",
  startsAtMs: null,
  endsAtMs: null,
  capacity: null,
  slots: 1,
  issued: 1,
  everIssued: true,
  createdAtMs: nowMs - 24 * hourMs,
  retiredAtMs: null,
};
const ticket: Entitlement = {
  id: 1,
  productId: gala.id,
  code: "100",
  customer: null,
  issuedAtMs: nowMs - 2 * hourMs,
  redemption: null,
  revokedAtMs: null,
};
const scan = { atMs: nowMs - hourMs, accessKeyId: 1, operatorId: null, address: null };
const terms: ProductTerms = {
  name: "Gala",
  description: "",
  startsAtMs: null,
  endsAtMs: null,
  capacity: null,
  accessKeys: [],
};

/** A product, an entitlement and a command that would be carried out; a fault is one change to them. */
interface Scene {
  readonly product?: Partial<Product> | "missing";
  readonly entitlement?: Partial<Entitlement> | "missing";
  readonly terms?: Partial<ProductTerms>;
  readonly bindings?: readonly Binding[];
  readonly command?: Readonly<Record<string, unknown>>;
}

const badName: Scene = { terms: { name: " " } };
const badPeriod: Scene = { terms: { startsAtMs: nowMs, endsAtMs: nowMs - 1 } };
const badKey: Scene = { terms: { accessKeys: ["A 1"] } };
const noProduct: Scene = { product: "missing" };
const noEntitlement: Scene = { entitlement: "missing" };
const machine = { kind: "machine", name: "08-00-27-00-00-01" } as const;
const boundIn = (slot: number, id: number, name: string): Binding => ({
  slot,
  boundAtMs: nowMs - hourMs,
  device: { id, customerId: null, kind: "machine", name, registeredAtMs: nowMs - hourMs },
});
const elsewhere = boundIn(0, 2, "08-00-27-00-00-02");
const retired: Scene = { product: { retiredAtMs: nowMs - hourMs } };

/** For every verb: what makes each of its refusals apply. */
const faults: { readonly [V in Verb]: Partial<Record<Refusal, Scene>> } = {
  create_product: {
    name_invalid: badName,
    period_reversed: badPeriod,
    access_key_invalid: badKey,
    slots_invalid: { command: { slots: -1 } },
    product_id_taken: { product: {} },
  },
  change_product: {
    product_not_found: noProduct,
    name_invalid: badName,
    period_reversed: badPeriod,
    access_key_invalid: badKey,
    capacity_below_issued: { terms: { capacity: 0 } },
  },
  retire_product: { product_not_found: noProduct },
  issue: {
    product_not_found: noProduct,
    name_invalid: { command: { holder: "x".repeat(321) } },
    quantity_invalid: { command: { quantity: 101 } },
    code_taken: { command: { code: ticket.code } },
    product_retired: retired,
    capacity_reached: { product: { capacity: 1 } },
  },
  redeem: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    occurred_at_impossible: { command: { occurredAtMs: nowMs + hourMs } },
    product_retired: retired,
    entitlement_revoked: { entitlement: { revokedAtMs: nowMs - hourMs } },
    already_redeemed: { entitlement: { redemption: scan } },
    not_yet_valid: { product: { startsAtMs: nowMs + hourMs } },
    no_longer_valid: { product: { endsAtMs: nowMs - hourMs } },
  },
  revoke: { product_not_found: noProduct, entitlement_not_found: noEntitlement },
  bind: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    device_not_found: { command: { register: false } },
    device_invalid: { command: { device: { kind: "machine", name: "x" } } },
    slot_not_found: { product: { slots: 0 }, command: { slot: 0 } },
    product_retired: retired,
    entitlement_revoked: { entitlement: { revokedAtMs: nowMs - hourMs } },
    slot_taken: { command: { slot: 0 }, bindings: [elsewhere] },
    already_bound: { command: { slot: 0 }, bindings: [boundIn(5, 1, machine.name)] },
    slots_taken: { bindings: [elsewhere] },
    not_yet_valid: { product: { startsAtMs: nowMs + hourMs } },
    no_longer_valid: { product: { endsAtMs: nowMs - hourMs } },
  },
  unbind: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    not_bound: { command: { device: machine } },
  },
  create_token: {},
};

/** Pairs of one verb that no state and no command can bring about together. */
const neverTogether: readonly string[] = [
  // What is said of a product that is not there.
  "product_not_found product_retired",
  "product_not_found capacity_reached",
  "product_not_found entitlement_revoked",
  "product_not_found already_redeemed",
  "product_not_found not_yet_valid",
  "product_not_found no_longer_valid",
  "product_not_found capacity_below_issued",
  // What is said of an entitlement that is not there.
  "entitlement_not_found entitlement_revoked",
  "entitlement_not_found already_redeemed",
  // A device that holds the entitlement is known, has a name that can be one, and is not kept out by others.
  "device_not_found already_bound",
  "device_invalid already_bound",
  "already_bound slots_taken",
  // A period is never reversed.
  "not_yet_valid no_longer_valid",
];

/** Refusals that are told before a verb is looked at. */
const beforeAnyVerb: readonly Refusal[] = [
  "idempotency_key_reused",
  "throttled",
  "credentials_wrong",
  "access_key_unknown",
  "access_key_elsewhere",
  "not_permitted",
];

function refusalIn(verb: Verb, scenes: readonly Scene[]): Refusal | undefined {
  const state = new MemoryState();
  const product = join(scenes, "product");
  const entitlement = join(scenes, "entitlement");
  const wantsNoProduct = verb === "create_product" && product === undefined;
  if (product !== "missing" && !wantsNoProduct) {
    state.apply([{ change: "put_product", product: { ...gala, ...product } }]);
  }
  if (entitlement !== "missing") {
    state.apply([{ change: "put_entitlement", entitlement: { ...ticket, ...entitlement } }]);
  }
  const bindings = [...new Set(scenes.flatMap((scene) => scene.bindings ?? []))];
  state.apply([
    { change: "put_bindings", entitlementId: ticket.id, bindings },
    ...bindings.map(({ device }) => ({ change: "put_device", device }) as const),
  ]);
  const changed = Object.assign({}, ...scenes.map((scene) => scene.terms));
  const command = Object.assign({}, commandOf(verb, changed), ...scenes.map((scene) => scene.command));
  const fresh = { products: [], entitlements: [2], customers: [], devices: [3], codes: ["300"] };
  const { outcome } = decideStrictly(state, command, { nowMs, caller: { kind: "anonymous" }, address: null, fresh });
  return outcome.ok ? undefined : outcome.refusal;
}

/** The change that the scenes make to a row together; `missing` wins. */
function join<N extends "product" | "entitlement">(scenes: readonly Scene[], noun: N) {
  const parts = scenes.map((scene) => scene[noun]).filter((part) => part !== undefined);
  if (parts.includes("missing")) return "missing";
  return parts.length === 0 ? undefined : Object.assign({}, ...parts);
}

function commandOf(verb: Verb, changed: Partial<ProductTerms>): Command {
  const productId = gala.id;
  switch (verb) {
    case "create_product":
      return { verb, kind: "event", id: productId, terms: { ...terms, ...changed } };
    case "change_product":
      return { verb, productId, terms: changed };
    case "retire_product":
      return { verb, productId };
    case "issue":
      return { verb, productId, holder: null, code: "200" };
    case "redeem":
    case "revoke":
    case "unbind":
      return { verb, productId, code: ticket.code };
    case "bind":
      return { verb, productId, code: ticket.code, device: machine, register: true };
    case "create_token":
      return { verb, operatorId: 1, login: "owner", lifetimeMs: hourMs };
  }
}

const verbs = Object.keys(faults) as Verb[];
const faultsOf = (verb: Verb) => Object.entries(faults[verb]) as [Refusal, Scene][];

for (const verb of verbs) {
  test(`${verb}: of two reasons to refuse it, the one that stands first in the list is the answer`, () => {
    assert.equal(refusalIn(verb, []), undefined, "without a fault it is carried out");
    const all = faultsOf(verb);
    for (const [refusal, scene] of all) assert.equal(refusalIn(verb, [scene]), refusal, "one fault alone");
    for (const [a, first] of all) {
      for (const [b, second] of all) {
        if (refusals.indexOf(a) >= refusals.indexOf(b) || neverTogether.includes(`${a} ${b}`)) continue;
        assert.equal(refusalIn(verb, [first, second]), a, `${a} before ${b}`);
        assert.equal(refusalIn(verb, [second, first]), a, `${a} before ${b}`);
      }
    }
  });
}

test("all faults of a verb at once are answered by the first of them", () => {
  for (const verb of verbs) {
    const scenes = faultsOf(verb);
    const expected = strongest(scenes.map(([refusal]) => refusal));
    assert.equal(refusalIn(verb, [...scenes.map(([, scene]) => scene)].reverse()), expected, verb);
  }
});

test("every refusal is either one of a verb or told before any verb is looked at", () => {
  const ofVerbs = new Set(verbs.flatMap((verb) => faultsOf(verb).map(([refusal]) => refusal)));
  for (const refusal of refusals) {
    assert.equal(ofVerbs.has(refusal), !beforeAnyVerb.includes(refusal), refusal);
  }
  assert.deepEqual(refusals.slice(0, beforeAnyVerb.length), beforeAnyVerb, "who asks comes before what is asked for");
});

test("of several reasons the strongest is the first of the list, of none there is none", () => {
  assert.equal(strongest(["no_longer_valid", "already_redeemed", "entitlement_revoked"]), "entitlement_revoked");
  assert.equal(strongest([...refusals].reverse()), refusals[0]);
  assert.equal(strongest([]), undefined);
});
