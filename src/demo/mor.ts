import type { Command, CommandOf } from "../core/command.ts";
import { everyPage } from "../queries/pages.ts";
import type { Queries } from "../queries/queries.ts";
import type { DemoTarget } from "./demo-target.ts";

const secret = "456789";
const cardCount = 100;
const firstCard = 6_000_000_001;
/** Tax included; 10.00 without it. */
const price = { minor: 1240n, currency: "EUR" };
const taxPpm = 240_000;

/** The card groups of the sample data with their cards, and the users with their devices. */
export async function addCards(target: DemoTarget, queries: Queries): Promise<void> {
  await openApi(target, queries);
  await addGroup(target, 6, "World Card 10");
  await addGroup(target, 7, "World Card 20");
  await carryOut(target, {
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
async function openApi(target: DemoTarget, queries: Queries): Promise<void> {
  const set = (name: string, value: string, more: { isSecret?: boolean; operator?: string } = {}) =>
    carryOut(target, { verb: "change_setting", name, value, ...more });
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

async function addGroup(target: DemoTarget, id: number, name: string): Promise<void> {
  await carryOut(target, {
    verb: "create_product",
    kind: "card_group",
    id,
    terms: { name, description: "Calling cards", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
    stock: { ownerId: null, price, taxPpm, numberDigits: 10, secretDigits: 8, imageUrl: "" },
  });
}

async function addUsers(target: DemoTarget, queries: Queries): Promise<void> {
  const operators = await queries.operators.all(target.organizationId);
  const reseller = operators.find(({ login }) => login === "reseller");
  if (reseller === undefined) throw new Error("The sample data has no reseller.");
  await carryOut(target, { verb: "create_customer", id: 100, name: "anna@example.com", ownerId: null });
  await carryOut(target, { verb: "create_customer", id: 101, name: "bruno@example.com", ownerId: reseller.id });
  await carryOut(target, { verb: "create_customer", id: 102, name: "carla@example.com", ownerId: null });

  const sip = { type: "SIP", host: "dynamic", port: 5060 };
  const phones: readonly Omit<CommandOf<"add_phone">, "verb">[] = [
    { ...sip, customerId: 100, username: "1001", secret: "demo-secret-1001", isPrimary: true },
    { customerId: 100, type: "IAX2", username: "1002", secret: "demo-secret-1002", host: "192.0.2.10", port: 4569 },
    { ...sip, customerId: 101, username: "1011", secret: "demo-secret-1011", isPrimary: true },
  ];
  for (const phone of phones) {
    if (!(await hasPhone(target, queries, phone))) await carryOut(target, { verb: "add_phone", ...phone });
  }
}

async function hasPhone(
  { organizationId }: DemoTarget,
  queries: Queries,
  { customerId, username }: Pick<CommandOf<"add_phone">, "customerId" | "username">,
): Promise<boolean> {
  for await (const page of everyPage(queries.phones.list, organizationId, { customerId, visibleOnly: false })) {
    if (page.some((device) => device.username === username)) return true;
  }
  return false;
}

/** Carries out a command; what is there already stays as it is. */
async function carryOut({ organizationId, execute }: DemoTarget, command: Command): Promise<void> {
  const outcome = await execute(organizationId, command);
  if (outcome.ok || outcome.refusal === "product_id_taken" || outcome.refusal === "customer_exists") return;
  throw new Error(`The sample data could not be made: ${outcome.refusal}`);
}
