import { createHash } from "node:crypto";
import type { Command, CommandOf } from "../../core/command.ts";
import { ensure, type SampleData, type SampleTarget } from "../../demo/sample.ts";

const dayMs = 24 * 60 * 60 * 1000;
const wholeSeconds = (ms: number) => Math.floor(ms / 1000) * 1000;

/** Events with their barcodes; the gate and the administration are open. */
export const sample: SampleData = {
  add: addEvents,
  hints: ["curl URL/nokkis", "curl -X PUT URL/nokkis/2/barcode/412158754"],
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
