import { createHash } from "node:crypto";
import type { Command, CommandOf } from "../../core/command.ts";
import { ensure, type SampleData, type SampleTarget } from "../../demo/sample.ts";

const dayMs = 24 * 60 * 60 * 1000;
const wholeSeconds = (ms: number) => Math.floor(ms / 1000) * 1000;

/** Events with their barcodes; the gate and the administration are open. */
export const sample: SampleData = {
  add: addEvents,
  hints: [
    "curl URL/nokkis",
    "curl -X PUT URL/nokkis/2/barcode/412158754",
    "curl -X PUT -H 'X-Apikey: FESTIVALGATE1' URL/nokkis/5/barcode/500000000001",
  ],
};

async function addEvents(target: SampleTarget): Promise<void> {
  const { nowMs } = target;
  await ensure(target, { verb: "change_setting", name: "nokkis.gate", value: "open" });
  await ensure(target, { verb: "change_setting", name: "nokkis.admin", value: "open" });

  const ensureAll = (commands: readonly Command[]) => Promise.all(commands.map((command) => ensure(target, command)));
  const ropecon = { startsAtMs: 1_244_620_800_000, endsAtMs: 1_244_905_200_000 };
  const soon = { startsAtMs: wholeSeconds(nowMs - dayMs), endsAtMs: wholeSeconds(nowMs + 30 * dayMs) };
  await ensureAll([
    event(1, {
      name: "Ropecon 2009",
      description: "Roolipelit",
      ...ropecon,
      capacity: 500,
      accessKeys: ["897cshdsd7f89", "78v89sdhvsndd", "978v8s6vysdhj", "ABCDE12345"],
    }),
    event(2, { name: "Assembly", description: "Demoparty", ...soon, capacity: 3000, accessKeys: ["ABCDE12345"] }),
    event(3, { name: "Tiny", description: "", ...soon, capacity: 1, accessKeys: ["ABCDE12345"] }),
  ]);
  // Before the others, so that this customer has the id 1.
  await ensure(target, barcode(1, "983475629310", "foobar@helsinki.fi"));
  await ensureAll([
    ...madeUpKeys(1, 122).map((key) => barcode(1, key)),
    barcode(2, "412158754"),
    barcode(2, "83475629310710", "foobar@helsinki.fi"),
    ...madeUpKeys(2, 98).map((key) => barcode(2, key)),
  ]);
  await addFestival(target);
}

/** Two events with terms of today: categories and re-entry, and a card of ten rides; and a gate that admits to both. */
async function addFestival(target: SampleTarget): Promise<void> {
  const { nowMs } = target;
  const soon = { startsAtMs: wholeSeconds(nowMs - dayMs), endsAtMs: wholeSeconds(nowMs + 30 * dayMs) };
  const common = { ...soon, timeZone: "Europe/Helsinki", accessKeys: [] };
  const euros = (whole: number) => ({ minor: BigInt(whole) * 100n, currency: "EUR" });
  const festival = event(4, {
    ...common,
    name: "Harbour Festival",
    description: "A day ticket with re-entry",
    capacity: 1000,
    uses: { max: null, per: "entitlement" },
    reentry: "after_exit",
    attention: "Children enter with an adult",
    categories: [
      { key: "adult", name: "Adult", capacity: 700, price: euros(45), colour: "#2a9d8f" },
      { key: "child", name: "Child under 12", capacity: 200, price: euros(15), colour: "#e9c46a" },
      { key: "vip", name: "VIP", capacity: 100, price: euros(120), colour: "#9b2226" },
    ],
  });
  const ferry = event(5, {
    ...common,
    name: "Harbour Ferry",
    description: "A card of ten rides",
    capacity: 200,
    uses: { max: 10, per: "entitlement" },
  });
  for (const one of [festival, ferry]) await ensure(target, one);
  for (const [index, category] of ["adult", "child", "vip"].entries()) {
    await ensure(target, { ...barcode(4, `40000000000${index + 1}`), category });
  }
  await ensure(target, barcode(5, "500000000001"));
  const admits = [festival, ferry].map(({ id: productId = 0 }) => ({ productId, categories: null }));
  const terms = { name: "North entrance", admits, rights: ["search", "undo"], accessKeys: ["FESTIVALGATE1"] } as const;
  await ensure(target, { verb: "create_gate", terms });
}

function event(id: number, terms: CommandOf<"create_product">["terms"]): CommandOf<"create_product"> {
  return { verb: "create_product", kind: "event", id, terms };
}

function barcode(productId: number, code: string, holder: string | null = null): CommandOf<"issue"> {
  return { verb: "issue", productId, code, holder };
}

/** Keys of 14 digits, the same at every start. */
function madeUpKeys(productId: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const hash = createHash("sha256").update(`barcode ${productId} ${index}`).digest("hex");
    return `9${BigInt(`0x${hash}`).toString().slice(0, 13)}`;
  });
}
