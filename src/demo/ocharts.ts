import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashPassword } from "../access/password.ts";
import type { Command } from "../core/command.ts";
import { dayEnd, yearsLater } from "../core/day.ts";
import { codeOfUnit } from "../core/order.ts";
import type { Refusal } from "../core/refusal.ts";
import type { Queries } from "../queries/queries.ts";
import { chartFiles } from "./chart-files.ts";
import type { DemoTarget } from "./demo-target.ts";

const skipper = { name: "skipper@example.com", password: "seadog" };
const order = "GBLAQPDMG";
const slots = 2;
const britishIsles = { id: 15, name: "British Isles 2017", cells: ["GB100001", "GB200014", "GB300027"] };
const balticSea = { id: 16, name: "Baltic Sea", cells: ["SE100003", "SE200011"] };
const first = { name: "2017-1", publishedAtMs: Date.UTC(2017, 0, 15) };
const second = { name: "2017-2", publishedAtMs: Date.UTC(2017, 3, 1) };

type Chart = typeof britishIsles;

/** The charts of the sample data with their editions, and a customer who has bought them; one of them has expired. */
export async function addCharts(target: DemoTarget, queries: Queries): Promise<void> {
  await addCustomer(target);
  await addChart(target, britishIsles);
  await addChart(target, balticSea);
  await addEdition(target, queries, britishIsles, first);
  await addEdition(target, queries, britishIsles, second);
  await addEdition(target, queries, balticSea, first);
  await addOrder(target, britishIsles, target.nowMs);
  await addOrder(target, balticSea, yearsLater(target.nowMs, -2));
}

async function addCustomer(target: DemoTarget): Promise<void> {
  const passwordHash = await hashPassword(skipper.password);
  const command = { verb: "create_customer", name: skipper.name, ownerId: null, passwordHash } as const;
  await carryOut(target, command, "customer_exists");
}

async function addChart(target: DemoTarget, { id, name }: Chart): Promise<void> {
  const terms = { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  await carryOut(target, { verb: "create_product", kind: "chart", id, slots, terms }, "product_id_taken");
}

async function addEdition(target: DemoTarget, queries: Queries, chart: Chart, edition: typeof first): Promise<void> {
  const known = await queries.content.editions(target.organizationId, chart.id);
  if (known.some(({ name }) => name === edition.name)) return;
  const folder = await mkdtemp(join(tmpdir(), "counterfoil-demo-"));
  try {
    for (const [name, content] of chartFiles(chart, edition)) await writeFile(join(folder, name), content);
    const content = await target.files.takeIn(folder);
    const command = { verb: "add_edition", kind: "chart", productId: chart.id, ...edition, content } as const;
    await carryOut(target, command, "edition_taken");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One of a chart, valid for a year. */
async function addOrder(target: DemoTarget, { id: productId }: Chart, boughtAtMs: number): Promise<void> {
  const command = {
    verb: "issue",
    kind: "chart",
    productId,
    holder: skipper.name,
    code: codeOfUnit({ order, productId, quantityId: 1 }),
    issuedAtMs: boughtAtMs,
    expiresAtMs: dayEnd(yearsLater(boughtAtMs, 1)),
  } as const;
  await carryOut(target, command, "code_taken");
}

/** Carries out a command; what is there already, which this refusal tells, stays as it is. */
async function carryOut({ organizationId, execute }: DemoTarget, command: Command, isThere: Refusal): Promise<void> {
  const outcome = await execute(organizationId, command);
  if (outcome.ok || outcome.refusal === isThere) return;
  throw new Error(`The sample data could not be made: ${outcome.refusal}`);
}
