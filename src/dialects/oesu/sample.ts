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
const order = "KATTEGAT";
const productId = 17;
const first = "2026-01-15";
const second = "2026-02-12";

/** Two editions: the update changes a cell, adds one and withdraws one. */
const editions = [
  {
    name: "2026/1-0",
    day: first,
    cells: ["NO100001", "NO100002", "NO100003", "NO100004"].map((id) => ({ id, madeIn: first })),
  },
  {
    name: "2026/1-1",
    day: second,
    cells: [
      { id: "NO100001", madeIn: first },
      { id: "NO100002", madeIn: second },
      { id: "NO100003", madeIn: first },
      { id: "NO100005", madeIn: second },
    ],
  },
];

/** A chart with an update, and a customer who has bought it. */
export const sample: SampleData = {
  add: addCharts,
  hints: [
    "curl -d taskId=login2 -d username=skipper@example.com -d password=736561646F67 'URL/shop/index.php?fc=module&module=occharts&controller=apioesu'",
  ],
};

async function addCharts(target: SampleTarget, queries: Queries): Promise<void> {
  const passwordHash = await hashPassword(skipper.password);
  await ensure(target, { verb: "create_customer", name: skipper.name, ownerId: null, passwordHash });
  const terms = {
    name: "Kattegat",
    description: "",
    startsAtMs: null,
    endsAtMs: null,
    capacity: null,
    accessKeys: [],
  };
  await ensure(target, { verb: "create_product", kind: "chart", id: productId, slots: 2, terms });
  const known = await queries.content.editions(target.organizationId, productId);
  for (const edition of editions) {
    if (!known.some(({ name }) => name === edition.name)) await addEdition(target, edition);
  }
  await ensure(target, {
    verb: "issue",
    kind: "chart",
    productId,
    holder: skipper.name,
    code: codeOfUnit({ order, productId, quantityId: 1 }),
    issuedAtMs: target.nowMs,
    expiresAtMs: dayEnd(yearsLater(target.nowMs, 1)),
  });
}

async function addEdition(target: SampleTarget, { name, day, cells }: (typeof editions)[number]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "counterfoil-demo-"));
  try {
    for (const [file, content] of chartFiles(name, day, cells)) await writeFile(join(folder, file), content);
    const content = await target.files.takeIn(folder);
    const publishedAtMs = Date.parse(day);
    await ensure(target, { verb: "add_edition", kind: "chart", productId, name, publishedAtMs, content });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
