import type { CommandOf } from "../../core/command.ts";
import { ensure, type SampleData, type SampleTarget } from "../../demo/sample.ts";
import { everyPage } from "../../queries/pages.ts";
import type { Queries } from "../../queries/queries.ts";

const secret = "456789";
const cardCount = 100;
const firstCard = 6_000_000_001;
/** Tax included; 10.00 without it. */
const price = { minor: 1240n, currency: "EUR" };
const taxPpm = 240_000;

/** Card groups with their cards, and users with their devices. */
export const sample: SampleData = {
  add: addCards,
  hints: ["curl 'URL/billing/api/card_group_get?u=admin&id=6&hash=67df827dec80a7241fb3fc4de22a90e62c5e8d93'"],
};

async function addCards(target: SampleTarget, queries: Queries): Promise<void> {
  await openApi(target, queries);
  await addGroup(target, 6, "World Card 10");
  await addGroup(target, 7, "World Card 20");
  await ensure(target, {
    verb: "add_stock",
    productId: 6,
    numbers: Array.from({ length: cardCount }, (_, index) => String(firstCard + index)),
    secretDigits: 8,
    balance: { minor: 1000n, currency: "EUR" },
    batch: "demo",
    details: {},
  });
  await letKioskSell(target, queries);
  await addUsers(target, queries);
}

/** A reseller who sells cards of the house, and keeps an eighth of the price. */
async function letKioskSell(target: SampleTarget, queries: Queries): Promise<void> {
  const kiosk = await queries.operators.byLogin(target.organizationId, "kiosk");
  if (kiosk === undefined) throw new Error("The sample data has no kiosk.");
  const { id: operatorId, login } = kiosk;
  await ensure(target, {
    verb: "change_reseller_terms",
    ...{ operatorId, login, productId: 6, commissionPpm: 125_000, quota: 50 },
  });
}

/** Gives every operator the same key, and allows GET. */
async function openApi(target: SampleTarget, queries: Queries): Promise<void> {
  const set = (name: string, value: string, more: { isSecret?: boolean; operator?: string } = {}) =>
    ensure(target, { verb: "change_setting", name, value, ...more });
  await set("mor.secret", secret, { isSecret: true });
  await set("mor.api", "on");
  await set("mor.get", "on");
  for (const { login: operator, role } of await queries.operators.all(target.organizationId)) {
    if (role !== "reseller") continue;
    await set("mor.secret", secret, { isSecret: true, operator });
    await set("mor.api", "on", { operator });
    await set("mor.numbers", "any", { operator });
  }
}

async function addGroup(target: SampleTarget, id: number, name: string): Promise<void> {
  await ensure(target, {
    verb: "create_product",
    kind: "card_group",
    id,
    terms: { name, description: "Calling cards", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
    stock: { ownerId: null, price, taxPpm, numberDigits: 10, secretDigits: 8, imageUrl: "" },
  });
}

async function addUsers(target: SampleTarget, queries: Queries): Promise<void> {
  const operators = await queries.operators.all(target.organizationId);
  const reseller = operators.find(({ login }) => login === "reseller");
  if (reseller === undefined) throw new Error("The sample data has no reseller.");
  await ensure(target, { verb: "create_customer", id: 100, name: "anna@example.com", ownerId: null });
  await ensure(target, { verb: "create_customer", id: 101, name: "bruno@example.com", ownerId: reseller.id });
  await ensure(target, { verb: "create_customer", id: 102, name: "carla@example.com", ownerId: null });

  const sip = { type: "SIP", host: "dynamic", port: 5060 };
  const phones: readonly NewPhone[] = [
    { ...sip, customerId: 100, username: "1001", secret: "demo-secret-1001", isPrimary: true },
    { customerId: 100, type: "IAX2", username: "1002", secret: "demo-secret-1002", host: "192.0.2.10", port: 4569 },
    { ...sip, customerId: 101, username: "1011", secret: "demo-secret-1011", isPrimary: true },
  ];
  for (const phone of phones) {
    if (!(await hasPhone(target, queries, phone))) await ensure(target, { verb: "add_phone", ...phone });
  }
}

type NewPhone = Omit<CommandOf<"add_phone">, "verb">;

async function hasPhone({ organizationId }: SampleTarget, queries: Queries, wanted: NewPhone): Promise<boolean> {
  const { customerId, username } = wanted;
  for await (const page of everyPage(queries.phones.list, organizationId, { customerId, visibleOnly: false })) {
    if (page.some((device) => device.username === username)) return true;
  }
  return false;
}
