import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import type { Command, VerbName } from "../command.ts";
import { customerNameLengthMax, customers, customerTerms } from "../customer.ts";
import { givenNumberMax } from "../given-number.ts";
import {
  numberedTokens,
  type OperatorAccount,
  operators,
  possessions,
  type Token,
  tokens,
  tokensOf,
} from "../operator.ts";
import { currencies, hosts, organization, organizationNameLengthMax } from "../organization.ts";
import { deviceGroups, deviceNumbers, type Phone, phones, primaryPhones } from "../phone-device.ts";
import type { Refusal } from "../refusal.ts";
import { settings } from "../setting.ts";
import { type Effect, put, remove } from "../state.ts";
import { verbs } from "./index.ts";

const nowMs = Date.UTC(2026, 5, 1, 12);
const euro = { code: "EUR", rate: 1_000_000_000n, isDefault: true };

function account(id: number, login: string, role: OperatorAccount["role"]): OperatorAccount {
  return { id, login, role, passwordHash: "old", disabledAtMs: null };
}

const call = { type: "SIP", username: "1001", secret: "", host: "", port: null } as const;
const phone: Phone = {
  id: 1,
  customerId: 1,
  groupId: 1,
  type: "SIP",
  username: "1001",
  host: "dynamic",
  port: 5060,
  callerId: "",
  description: "",
  isHidden: false,
};

/** A shop with an owner, an administrator, and a reseller to whom something belongs; `more` is different. */
function shop(...more: readonly Effect[]): MemoryState {
  const state = new MemoryState();
  state.apply([
    put(organization, { name: "Shop" }),
    put(hosts, { host: "shop.example.com", isOwn: true }),
    put(hosts, { host: "other.example.com", isOwn: false }),
    put(currencies, euro),
    put(currencies, { code: "USD", rate: 1_080_000_000n, isDefault: false }),
    put(operators, account(1, "owner", "owner")),
    put(operators, account(2, "admin", "administrator")),
    put(operators, account(3, "seller", "reseller")),
    ...["owner", "admin", "seller"].map((login) => put(possessions, { login, isEmpty: login !== "seller" })),
    ...["owner", "admin", "seller"].map((login) => put(tokensOf, { login, valid: 2 })),
    put(tokens, { operatorId: 2, name: "", limits: null, token: "good", expiresAtMs: nowMs + 1, revokedAtMs: null }),
    put(tokens, { operatorId: 2, name: "", limits: null, token: "expired", expiresAtMs: nowMs, revokedAtMs: null }),
    put(tokens, { operatorId: 2, name: "", limits: null, token: "revoked", expiresAtMs: null, revokedAtMs: nowMs - 1 }),
    put(numberedTokens, { id: 5, operatorId: 2, expiresAtMs: null, revokedAtMs: null }),
    put(settings, { name: "nokkis.gate", operator: null, value: "open", isSecret: false }),
    put(settings, { name: "mor.secret", operator: null, value: null, isSecret: true }),
    put(customers, { id: 1, name: "Ada@example.com", ownerId: null, displayName: "" }),
    put(customers, { id: 2, name: "Ben", ownerId: null, displayName: "" }),
    put(deviceGroups, { id: 1, customerId: 1, name: "harbour", isPrimary: true }),
    put(deviceGroups, { id: 2, customerId: 1, name: "airport", isPrimary: false }),
    put(deviceGroups, { id: 3, customerId: 2, name: "home", isPrimary: true }),
    put(phones, phone),
    put(deviceNumbers, 1),
    put(deviceNumbers, 9),
    ...more,
  ]);
  return state;
}

function decide(command: Command, state = shop()) {
  return decideStrictly(state, command, { nowMs, principal: anybody, address: null, drawn: ["drawn"] });
}

/** The kinds of the lines of the log, each with what it says changed. */
function told(command: Command, state = shop()) {
  const { outcome, entries } = decide(command, state);
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.refusal);
  return entries.map(({ kind, detail }) => [kind, detail]);
}

const passwordHash = "new";
const noOrganization = remove(organization, "own");
const refused: readonly (readonly [Command, Refusal, ...more: Effect[]])[] = [
  [{ verb: "create_organization", name: "Shop" }, "organization_exists"],
  [{ verb: "create_organization", name: "" }, "name_invalid", noOrganization],
  [{ verb: "create_organization", name: "two\nlines" }, "name_invalid", noOrganization],
  [{ verb: "change_organization", name: "Store" }, "organization_not_found", noOrganization],
  [{ verb: "change_organization", name: "x".repeat(organizationNameLengthMax + 1) }, "name_invalid"],
  [{ verb: "change_organization", addedHosts: ["new.example.com", "other.example.com"] }, "host_taken"],
  [{ verb: "change_currency", code: "EUR", rate: 1n, isNew: false }, "default_currency"],
  [{ verb: "change_currency", code: "USD", rate: 1n, isNew: true }, "currency_exists"],
  [{ verb: "change_currency", code: "GBP", rate: 1n, isNew: false }, "currency_not_found"],
  [{ verb: "change_default_currency", code: "GBP" }, "currency_not_found"],
  [
    { verb: "change_default_currency", code: "USD" },
    "amount_invalid",
    put(currencies, { code: "JPY", rate: 10n ** 20n - 1n, isDefault: false }),
    put(currencies, { code: "USD", rate: 1n, isDefault: false }),
  ],
  [{ verb: "change_setting", name: "mor.api", value: "on", operator: "nobody" }, "operator_not_found"],
  [{ verb: "create_operator", login: "admin", passwordHash, role: "owner" }, "login_taken"],
  [{ verb: "create_operator", login: "new", passwordHash, role: "owner", isFirst: true }, "operator_exists"],
  [{ verb: "create_operator", login: "new", passwordHash, role: "owner", id: 2 }, "number_taken"],
  [{ verb: "create_operator", login: "admin", passwordHash, role: "owner", id: 0 }, "number_invalid"],
  [{ verb: "change_operator", login: "nobody", passwordHash }, "operator_not_found"],
  [{ verb: "change_operator", login: "owner", role: "administrator" }, "last_owner"],
  [{ verb: "change_operator", login: "owner", isDisabled: true }, "last_owner"],
  [{ verb: "change_operator", login: "seller", role: "owner" }, "possessions_left"],
  [{ verb: "remove_operator", login: "nobody" }, "operator_not_found"],
  [{ verb: "remove_operator", login: "owner" }, "last_owner"],
  [{ verb: "remove_operator", login: "seller" }, "possessions_left"],
  [{ verb: "revoke_token", token: "unknown" }, "token_not_found"],
  [{ verb: "revoke_token", token: "expired" }, "token_not_found"],
  [{ verb: "revoke_token", token: "revoked" }, "token_not_found"],
  [{ verb: "revoke_token", id: 6 }, "token_not_found"],
  [{ verb: "revoke_tokens", login: "nobody" }, "operator_not_found"],
  [{ verb: "create_customer", name: " ada@EXAMPLE.com", ownerId: null }, "customer_exists"],
  [{ verb: "create_customer", name: " ", ownerId: null }, "name_invalid"],
  [{ verb: "create_customer", name: "x".repeat(customerNameLengthMax + 1), ownerId: null }, "name_invalid"],
  [{ verb: "create_customer", name: "Cleo", ownerId: null, id: 1.5 }, "number_invalid"],
  [{ verb: "create_customer", name: "Cleo", ownerId: null, id: givenNumberMax + 1 }, "number_invalid"],
  [{ verb: "create_customer", name: "Cleo", ownerId: null, id: 2 }, "number_taken"],
  [{ verb: "create_customer", name: "Ben", ownerId: null, id: 1 }, "customer_exists"],
  [{ verb: "create_customer", name: "Ben", ownerId: 9 }, "operator_not_found"],
  [{ verb: "change_customer", name: "Cleo" }, "customer_not_found"],
  [{ verb: "change_customer", name: "ada@example.com", metadata: { "": "x" } }, "text_invalid"],
  [{ verb: "change_customer", name: "Ben", ownerId: 9 }, "operator_not_found"],
  [{ verb: "change_customer", name: "Ben", newName: " " }, "name_invalid"],
  [{ verb: "change_customer", name: "Ben", newName: "ada@EXAMPLE.com" }, "customer_exists"],
  [{ verb: "change_customer_password", name: "Cleo", passwordHash }, "customer_not_found"],
  [{ verb: "add_phone", customerId: 3, ...call }, "customer_not_found"],
  [{ verb: "add_phone", customerId: 1, ...call, groupId: 3 }, "device_group_not_found"],
  [{ verb: "add_phone", customerId: 1, ...call, id: -1 }, "number_invalid"],
  [{ verb: "add_phone", customerId: 1, ...call, type: " " }, "phone_invalid"],
  [{ verb: "add_phone", customerId: 1, ...call, port: 65_536 }, "phone_invalid"],
  [{ verb: "add_phone", customerId: 1, ...call, secret: "a\u0000b" }, "phone_invalid"],
  [{ verb: "add_phone", customerId: 1, ...call, id: 1 }, "number_taken"],
  [{ verb: "add_phone", customerId: 1, ...call, id: 9 }, "number_taken"],
  [{ verb: "change_phone", phoneId: 9, changes: {} }, "phone_not_found"],
  [{ verb: "change_phone", phoneId: 1, changes: { groupId: 3 } }, "device_group_not_found"],
  [{ verb: "change_phone", phoneId: 1, changes: { groupId: 9 } }, "device_group_not_found"],
  [{ verb: "change_phone", phoneId: 1, changes: { username: "x".repeat(256) } }, "phone_invalid"],
  [{ verb: "remove_phone", phoneId: 9 }, "phone_not_found"],
  [{ verb: "add_device_group", customerId: 3, name: "new" }, "customer_not_found"],
  [{ verb: "add_device_group", customerId: 1, name: " " }, "name_invalid"],
  [{ verb: "add_device_group", customerId: 1, name: "new", id: 0 }, "number_invalid"],
  [{ verb: "add_device_group", customerId: 1, name: "new", id: 3 }, "number_taken"],
  [{ verb: "change_device_group", groupId: 9, name: "new" }, "device_group_not_found"],
  [{ verb: "change_device_group", groupId: 1, name: "x".repeat(256) }, "name_invalid"],
  [{ verb: "remove_device_group", groupId: 9 }, "device_group_not_found"],
  [{ verb: "remove_device_group", groupId: 1 }, "device_group_primary"],
  [
    { verb: "remove_device_group", groupId: 3 },
    "device_group_in_use",
    put(phones, { ...phone, id: 2, customerId: 2, groupId: 3 }),
  ],
];

for (const [command, refusal, ...more] of refused) {
  const { verb, ...rest } = command;
  test(`${verb} of ${JSON.stringify(rest, (_, one) => (typeof one === "bigint" ? String(one) : one)).slice(0, 90)} is refused: ${refusal}`, () => {
    const { outcome, effects, entries } = decide(command, shop(...more));
    assert.deepEqual({ outcome, effects, entries }, { outcome: { ok: false, refusal }, effects: [], entries: [] });
  });
}

test("every refusal that a verb declares is brought about above", () => {
  const ofVerb = (verb: VerbName) => refused.filter(([command]) => command.verb === verb).map(([, refusal]) => refusal);
  for (const verb of new Set(refused.map(([command]) => command.verb))) {
    assert.deepEqual([...new Set(ofVerb(verb))].sort(), [...verbs[verb].refusals].sort(), verb);
  }
});

test("a line of the log says what changed, with the old and the new value", () => {
  assert.deepEqual(
    told({ verb: "change_organization", name: "Store", addedHosts: ["shop.example.com", "a.example.com"] }),
    [
      ["organization_renamed", { from: "Shop", to: "Store" }],
      ["hosts_changed", { added: ["a.example.com"], removed: [] }],
    ],
  );
  assert.deepEqual(told({ verb: "change_currency", code: "USD", rate: 1_100_000_000n, isNew: false }), [
    ["currency_changed", { currency: "USD", from: "1.08", to: "1.1" }],
  ]);
  assert.deepEqual(told({ verb: "change_default_currency", code: "USD" }), [
    ["default_currency_changed", { from: "EUR", to: "USD" }],
  ]);
  assert.deepEqual(told({ verb: "change_setting", name: "nokkis.gate" }), [
    ["setting_changed", { setting: "nokkis.gate", from: "open" }],
  ]);
  assert.deepEqual(told({ verb: "change_operator", login: "admin", role: "accountant", isDisabled: true }), [
    ["operator_role_changed", { operator: "admin", from: "administrator", to: "accountant" }],
    ["operator_disabled", { operator: "admin" }],
  ]);
  assert.deepEqual(told({ verb: "change_customer", name: "Ben", newName: "Ben ", ownerId: 3 }), [
    ["customer_changed", { customer: "Ben", number: 2, ownerId: { from: null, to: 3 } }],
  ]);
  assert.deepEqual(told({ verb: "change_phone", phoneId: 1, changes: { groupId: 2, port: null }, isPrimary: true }), [
    [
      "phone_changed",
      {
        phone: 1,
        customer: 1,
        groupId: { from: 1, to: 2 },
        port: { from: 5060, to: null },
        isPrimary: true,
      },
    ],
  ]);
  assert.deepEqual(told({ verb: "change_device_group", groupId: 2, name: "pier", isPrimary: true }), [
    ["device_group_changed", { group: 2, customer: 1, name: { from: "airport", to: "pier" }, isPrimary: true }],
  ]);
  assert.deepEqual(told({ verb: "create_token", operatorId: 2, login: "admin", lifetimeMs: 1_000 }), [
    ["token_created", { operator: "admin", expiresAt: "2026-06-01T12:00:01.000Z" }],
  ]);
});

test("a line of the log never says what a secret is", () => {
  const secret = "do not tell";
  const commands: readonly Command[] = [
    { verb: "change_setting", name: "mor.secret", value: secret, isSecret: true },
    { verb: "change_setting", name: "mor.secret", value: secret, isSecret: true, operator: "seller" },
    { verb: "create_operator", login: "new", passwordHash: secret, role: "owner" },
    { verb: "change_operator", login: "admin", passwordHash: secret },
    { verb: "create_token", operatorId: 2, login: "admin", lifetimeMs: null, token: secret },
    { verb: "create_customer", name: "Cleo", ownerId: null, passwordHash: secret },
    { verb: "change_customer_password", name: "Ada@example.com", passwordHash: secret },
    { verb: "add_phone", customerId: 1, ...call, secret },
    { verb: "change_phone", phoneId: 1, changes: { secret } },
  ];
  for (const command of commands) {
    const lines = told(command);
    assert.equal(lines.length, 1, command.verb);
    assert.ok(!JSON.stringify(lines).includes(secret), command.verb);
  }
  assert.deepEqual(told({ verb: "change_setting", name: "mor.secret", value: "new", isSecret: true }), [
    ["setting_changed", { setting: "mor.secret", from: "(secret)", to: "(secret)" }],
  ]);
});

test("whatever changes nothing leaves no line in the log", () => {
  for (const command of [
    { verb: "change_organization", name: "Shop", addedHosts: ["shop.example.com"], removedHosts: ["new.example.com"] },
    { verb: "change_default_currency", code: "EUR" },
    { verb: "change_setting", name: "nokkis.gate", value: "open" },
    { verb: "change_setting", name: "nokkis.admin" },
    { verb: "change_operator", login: "admin", role: "administrator", isDisabled: false },
    { verb: "change_customer", name: "Ben", newName: " Ben", displayName: "" },
    { verb: "change_phone", phoneId: 1, changes: { port: 5060 } },
    { verb: "change_device_group", groupId: 1, name: "harbour ", isPrimary: true },
  ] as const) {
    assert.deepEqual(told(command), [], command.verb);
  }
});

/** Carries these commands out one after the other, and gives the state after them. */
function after(...commands: readonly Command[]): MemoryState {
  const state = shop();
  for (const command of commands) {
    const { outcome, effects } = decide(command, state);
    assert.ok(outcome.ok, outcome.ok ? "" : outcome.refusal);
    state.apply(effects);
  }
  return state;
}

test("a phone gets into the group that is named, or into the primary one, which is made if there is none", () => {
  const groupOf = (state: MemoryState, id: number) => state.get(phones, id)?.groupId;
  assert.equal(groupOf(after({ verb: "add_phone", customerId: 1, ...call, id: 7 }), 7), 1);
  assert.equal(groupOf(after({ verb: "add_phone", customerId: 1, ...call, id: 7, groupId: 2 }), 7), 2);
  const moved = after(
    { verb: "change_device_group", groupId: 2, isPrimary: true },
    { verb: "add_phone", customerId: 1, ...call, id: 7 },
  );
  assert.equal(groupOf(moved, 7), 2);
  const fresh = after(
    { verb: "remove_device_group", groupId: 3 },
    { verb: "add_phone", customerId: 2, ...call, id: 7 },
    { verb: "add_phone", customerId: 2, ...call, id: 8 },
  );
  const made = groupOf(fresh, 7) ?? 0;
  assert.equal(groupOf(fresh, 8), made);
  assert.deepEqual(fresh.get(deviceGroups, made), { id: made, customerId: 2, name: "primary", isPrimary: true });
});

test("a customer with groups has one primary group, and the first one is", () => {
  const primaries = (state: MemoryState) =>
    state.all(deviceGroups).flatMap(({ id, customerId, isPrimary }) => (isPrimary ? [[customerId, id]] : []));
  assert.deepEqual(primaries(after({ verb: "change_device_group", groupId: 2, isPrimary: true })), [
    [1, 2],
    [2, 3],
  ]);
  assert.deepEqual(primaries(after({ verb: "add_device_group", customerId: 2, name: "office", id: 4 })), [
    [1, 1],
    [2, 3],
  ]);
  const emptied: Command = { verb: "remove_device_group", groupId: 3 };
  assert.deepEqual(primaries(after(emptied, { verb: "add_device_group", customerId: 2, name: "office", id: 4 })), [
    [1, 1],
    [2, 4],
  ]);
});

test("a removed phone is primary no more, and its group can go", () => {
  const removal: Command = { verb: "remove_phone", phoneId: 1 };
  const primary: Command = { verb: "change_phone", phoneId: 1, changes: {}, isPrimary: true };
  assert.deepEqual(after(primary).get(primaryPhones, 1), { customerId: 1, phoneId: 1 });
  const state = after(
    primary,
    removal,
    { verb: "remove_device_group", groupId: 2 },
    { verb: "remove_device_group", groupId: 1 },
  );
  assert.deepEqual(
    [state.get(primaryPhones, 1), state.get(phones, 1), state.get(deviceGroups, 1)],
    [undefined, undefined, undefined],
  );
});

test("a customer that is renamed keeps its number", () => {
  const state = after({ verb: "change_customer", name: "Ben", newName: "ben@example.com", ownerId: 3 });
  assert.deepEqual(state.all(customerTerms), [{ customerId: 2, name: "ben@example.com", ownerId: 3 }]);
});

test("a new password, a ban and a revocation end all tokens of the operator; a new role leaves them", () => {
  const left = (command: Command) => {
    const state = shop();
    state.apply(decide(command, state).effects);
    return state.get(tokensOf, "admin")?.valid;
  };
  assert.equal(left({ verb: "change_operator", login: "admin", passwordHash }), 0);
  assert.equal(left({ verb: "change_operator", login: "admin", isDisabled: true }), 0);
  assert.equal(left({ verb: "revoke_tokens", login: "admin" }), 0);
  assert.equal(left({ verb: "change_operator", login: "admin", role: "accountant" }), 2);
});

test("a token with terms is of the drawn form, and its limits can stand", () => {
  const whole = { scopes: null, productIds: null, categories: null, networks: null };
  const create = (limits: Partial<typeof whole> | object, name = "till") =>
    decide({
      verb: "create_token",
      operatorId: 2,
      login: "admin",
      lifetimeMs: null,
      terms: { name, limits: { ...whole, ...limits } },
    });
  const { outcome, effects, entries } = create({ scopes: ["redeem"], productIds: [1] });
  assert.deepEqual(outcome, { ok: true, value: { token: "drawn", expiresAtMs: null } });
  const limits = { ...whole, scopes: ["redeem"], productIds: [1] };
  assert.deepEqual(effects, [
    put(tokens, { operatorId: 2, name: "till", limits, token: "drawn", expiresAtMs: null, revokedAtMs: null } as Token),
  ]);
  assert.deepEqual(entries[0]?.detail, { operator: "admin", name: "till", expiresAt: null });
  for (const bad of [{ scopes: [] }, { categories: ["x".repeat(101)] }, { productIds: Array(101).fill(1) }]) {
    assert.deepEqual(create(bad).outcome, { ok: false, refusal: "text_invalid" }, JSON.stringify(bad).slice(0, 60));
  }
});

test("a token is revoked by its number, too", () => {
  const state = shop();
  const command = { verb: "revoke_token", id: 5 } as const;
  const { outcome, effects, entries } = decide(command, state);
  assert.deepEqual(outcome, { ok: true, value: { operatorId: 2 } });
  assert.deepEqual(entries[0]?.detail, { operatorId: 2, id: 5 });
  state.apply(effects);
  assert.deepEqual(decide(command, state).outcome, { ok: false, refusal: "token_not_found" });
});

test("an owner may go as long as there is another who may act", () => {
  const second = account(4, "second", "owner");
  const remove = { verb: "remove_operator", login: "owner" } as const;
  assert.deepEqual(decide(remove, shop(put(operators, second))).outcome.ok, true);
  const { outcome } = decide(remove, shop(put(operators, { ...second, disabledAtMs: nowMs })));
  assert.deepEqual(outcome, { ok: false, refusal: "last_owner" });
});

test("the first operator is made where there is none at all", () => {
  const state = new MemoryState();
  state.apply([put(organization, { name: "Shop" })]);
  const command = { verb: "create_operator", login: "owner", passwordHash, role: "owner", isFirst: true } as const;
  const { outcome } = decide(command, state);
  assert.deepEqual(outcome, { ok: true, value: { operator: { id: 1, login: "owner", role: "owner" } } });
});
