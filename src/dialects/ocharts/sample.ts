import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashPassword } from "../../access/password.ts";
import { dayEnd, yearsLater } from "../../core/day.ts";
import { ensure, type SampleData, type SampleTarget } from "../../demo/sample.ts";
import { codeOfUnit } from "../../kinds/chart/unit-code.ts";
import type { Queries } from "../../queries/queries.ts";
import { chartFiles } from "./sample-files.ts";

const skipper = { name: "skipper@example.com", password: "seadog" };
const order = "GBLAQPDMG";
const slots = 2;
const britishIsles = { id: 15, name: "British Isles 2017", cells: ["GB100001", "GB200014", "GB300027"] };
const balticSea = { id: 16, name: "Baltic Sea", cells: ["SE100003", "SE200011"] };
const first = { name: "2017-1", publishedAtMs: Date.UTC(2017, 0, 15) };
const second = { name: "2017-2", publishedAtMs: Date.UTC(2017, 3, 1) };

type Chart = typeof britishIsles;

/** Charts with their editions, and a customer who has bought them; one of them has expired. */
export const sample: SampleData = {
  add: addCharts,
  hints: [
    "curl -d taskId=login -d username=skipper@example.com -d password=seadog 'URL/shop/index.php?fc=module&module=occharts&controller=api'",
  ],
};

async function addCharts(target: SampleTarget, queries: Queries): Promise<void> {
  await addCustomer(target);
  await addChart(target, britishIsles);
  await addChart(target, balticSea);
  await addEdition(target, queries, britishIsles, first);
  await addEdition(target, queries, britishIsles, second);
  await addEdition(target, queries, balticSea, first);
  await addOrder(target, britishIsles, target.nowMs);
  await addOrder(target, balticSea, yearsLater(target.nowMs, -2));
}

async function addCustomer(target: SampleTarget): Promise<void> {
  const passwordHash = await hashPassword(skipper.password);
  await ensure(target, { verb: "create_customer", name: skipper.name, ownerId: null, passwordHash });
}

async function addChart(target: SampleTarget, { id, name }: Chart): Promise<void> {
  const terms = { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  await ensure(target, { verb: "create_product", kind: "chart", id, slots, terms });
}

async function addEdition(target: SampleTarget, queries: Queries, chart: Chart, edition: typeof first): Promise<void> {
  const known = await queries.content.editions(target.organizationId, chart.id);
  if (known.some(({ name }) => name === edition.name)) return;
  const folder = await mkdtemp(join(tmpdir(), "counterfoil-demo-"));
  try {
    for (const [name, content] of chartFiles(chart, edition)) await writeFile(join(folder, name), content);
    const content = await target.files.takeIn(folder);
    const command = { verb: "add_edition", kind: "chart", productId: chart.id, ...edition, content } as const;
    await ensure(target, command);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One unit of a chart, valid for a year. */
async function addOrder(target: SampleTarget, { id: productId }: Chart, boughtAtMs: number): Promise<void> {
  const command = {
    verb: "issue",
    kind: "chart",
    productId,
    holder: skipper.name,
    code: codeOfUnit({ order, productId, quantityId: 1 }),
    issuedAtMs: boughtAtMs,
    expiresAtMs: dayEnd(yearsLater(boughtAtMs, 1)),
  } as const;
  await ensure(target, command);
}
