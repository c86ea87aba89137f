import { ensure, type SampleData, type SampleTarget } from "../../demo/sample.ts";
import type { NewPhoneDevice } from "../../engine/administration.ts";
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
  await addUsers(target, queries);
}

/** Every operator calls with the same key, with GET too. */
async function openApi({ organizationId, administration }: SampleTarget, queries: Queries): Promise<void> {
  await administration.putSecretSetting(organizationId, "mor.secret", secret);
  await administration.putSetting(organizationId, "mor.api", "on");
  await administration.putSetting(organizationId, "mor.get", "on");
  const operators = await queries.operators.all(organizationId);
  for (const { id, role } of operators) {
    if (role !== "reseller") continue;
    await administration.putOperatorSecretSetting(organizationId, id, "mor.secret", secret);
    await administration.putOperatorSetting(organizationId, id, "mor.api", "on");
    await administration.putOperatorSetting(organizationId, id, "mor.numbers", "any");
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
  const { organizationId, administration } = target;
  const operators = await queries.operators.all(organizationId);
  const reseller = operators.find(({ login }) => login === "reseller");
  if (reseller === undefined) throw new Error("The sample data has no reseller.");
  await administration.putCustomer(organizationId, { id: 100, name: "anna@example.com", ownerId: null });
  await administration.putCustomer(organizationId, { id: 101, name: "bruno@example.com", ownerId: reseller.id });
  await administration.putCustomer(organizationId, { id: 102, name: "carla@example.com", ownerId: null });

  const sip = { type: "SIP", host: "dynamic", port: 5060 };
  const devices: readonly NewPhoneDevice[] = [
    { ...sip, customerId: 100, username: "1001", secret: "demo-secret-1001", isPrimary: true },
    { customerId: 100, type: "IAX2", username: "1002", secret: "demo-secret-1002", host: "192.0.2.10", port: 4569 },
    { ...sip, customerId: 101, username: "1011", secret: "demo-secret-1011", isPrimary: true },
  ];
  for (const device of devices) {
    if (!(await hasDevice(target, queries, device))) await administration.addPhoneDevice(organizationId, device);
  }
}

async function hasDevice({ organizationId }: SampleTarget, queries: Queries, wanted: NewPhoneDevice): Promise<boolean> {
  const { customerId, username } = wanted;
  for await (const page of everyPage(queries.phones.list, organizationId, { customerId, visibleOnly: false })) {
    if (page.some((device) => device.username === username)) return true;
  }
  return false;
}
