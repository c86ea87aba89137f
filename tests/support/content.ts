import type { TestContext } from "node:test";
import type { CommandOf } from "../../src/core/command.ts";
import { systemNamed } from "../../src/kinds/chart/system-name.ts";
import {
  createEvent,
  issue,
  openTestEngine,
  startMs,
  successOf,
  type TestEngine,
  type TestEngineOptions,
} from "./engine.ts";

export const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** A command that creates a chart; each unit has `slots` slots. */
export function createChart(id = 1, slots = 2) {
  return { ...createEvent({ name: `Chart ${id}` }, id), kind: "chart", slots } as const;
}

/** A command that adds an edition which was published `daysOld` days before the tests begin. */
export function addEdition(name: string, daysOld: number, productId = 1): CommandOf<"add_edition"> {
  const content = { key: `content of ${name}`, files: 3, bytes: 1_000, sha256: "5e".repeat(32) };
  return { verb: "add_edition", productId, name, publishedAtMs: startMs - daysOld * dayMs, content };
}

export function register(customerId: number, name: string, fingerprint: string): CommandOf<"register_device"> {
  return { verb: "register_device", customerId, device: systemNamed(name), fingerprint };
}

export function changeSystem(
  customerId: number,
  name: string,
  change: CommandOf<"change_device">["change"],
): CommandOf<"change_device"> {
  return { verb: "change_device", customerId, device: systemNamed(name), change };
}

/** Binds a unit of chart 1 to a system that is registered. */
export function bindSystem(code: string, name: string, slot?: number): CommandOf<"bind"> {
  const device = systemNamed(name);
  return { verb: "bind", productId: 1, code, device, register: false, ...(slot === undefined ? {} : { slot }) };
}

export function request(customerId: number, code: string, name: string): CommandOf<"request_delivery"> {
  return { verb: "request_delivery", productId: 1, code, customerId, device: systemNamed(name) };
}

/** A command that finishes a delivery, which can be downloaded for a day. */
export function finish(deliveryId: number, code: string): CommandOf<"finish_delivery"> {
  const built = { fileName: "chart.zip", bytes: 5_000_000_000, sha1: "51".repeat(20), sha256: "52".repeat(32) };
  return {
    verb: "finish_delivery",
    mailTask: "mail_delivery",
    deliveryId,
    code,
    built: { ...built, expiresAtMs: startMs + dayMs },
  };
}

/** An engine with the units and the system of Ada. */
export interface ContentScene extends TestEngine {
  /** Ada's number. */
  readonly ada: number;
}

/**
 * Chart 1 has an edition of ten days ago. Ada holds two units of it, AAAA and BBBB. Her system `boat`, which is the
 * machine `A`, has the first slot of AAAA.
 */
export async function openContent(
  context: Pick<TestContext, "after">,
  options: TestEngineOptions = {},
): Promise<ContentScene> {
  const opened = await openTestEngine(context, options);
  const { execute } = opened;
  await execute(createChart());
  await execute(addEdition("2026-1", 10));
  const { entitlement } = successOf(await execute(issue(1, "AAAA", "ada@example.com")));
  await execute(issue(1, "BBBB", "ada@example.com"));
  const ada = entitlement.customer?.id ?? 0;
  successOf(await execute(register(ada, "boat", "A")));
  successOf(await execute(bindSystem("AAAA", "boat")));
  return Object.assign(opened, { ada });
}
