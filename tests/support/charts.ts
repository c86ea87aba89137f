import { job } from "../../src/access/principals.ts";
import type { FileStore } from "../../src/content/store/file-store.ts";
import type { Command, Outcome } from "../../src/core/command.ts";
import type { Device } from "../../src/core/device.ts";
import type { Edition } from "../../src/core/edition.ts";
import { chartSets } from "../../src/dialects/ocharts/delivery-format.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { executorFor } from "../../src/engine/executor.ts";
import { systemNamed } from "../../src/kinds/chart/system-name.ts";
import { codeOfUnit } from "../../src/kinds/chart/unit-code.ts";
import { createSigningKeys } from "../../src/signing/signing-keys.ts";
import { successOf, type TestEngine } from "./engine.ts";
import { anybody } from "./principals.ts";

/** An app, or an engine with a file store. */
interface ChartShop {
  /** The default one when absent. */
  readonly organizationId?: number;
  readonly engine: Engine;
  readonly files: FileStore;
}

export const chartId = 15;
export const chartName = "British Isles 2017";

/** A chart that was sold, held by one system. */
export interface SoldChart {
  readonly productId: number;
  readonly code: string;
  readonly customerId: number;
  readonly device: Device;
}

/** The services that build charts of this shop, without a clock and a log. */
export function buildServices(shop: TestEngine & { readonly files: FileStore }) {
  const { queries, administration, engine, files, secrets } = shop;
  const signingKeys = createSigningKeys({ queries, administration });
  const execute = executorFor(job, engine);
  return { queries, execute, files, deliveryFormats: [chartSets], signingKeys, keyedHash: secrets.lastingHash };
}

/** Carries out a command that must be accepted. */
export async function carryOut<C extends Command>(
  { organizationId = 1, engine }: Omit<ChartShop, "files">,
  command: C,
) {
  return successOf(await engine.execute({ organizationId, command, principal: anybody, address: null }));
}

/** Makes a chart without an edition. */
export async function addChart(shop: ChartShop, { id = chartId, name = chartName } = {}): Promise<void> {
  const terms = { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  await carryOut(shop, { verb: "create_product", kind: "chart", id, slots: 2, terms });
}

/** Takes in a folder as an edition of the chart. */
export async function addEdition(
  shop: ChartShop,
  path: string,
  { name = "2017-2", productId = chartId, publishedAtMs = Date.UTC(2017, 3, 1) } = {},
): Promise<Edition> {
  const content = await shop.files.takeIn(path);
  return (await carryOut(shop, { verb: "add_edition", productId, name, publishedAtMs, content })).edition;
}

/** Sells the chart to a customer, whose system holds it then. */
export async function sellChart(
  shop: ChartShop,
  { customer = "skipper@example.com", system = "mylaptop", productId = chartId, order = "GBLAQPDMG" } = {},
): Promise<SoldChart> {
  const code = codeOfUnit({ order, productId, quantityId: 1 });
  const expiresAtMs = Date.UTC(2100, 0, 1);
  const named = systemNamed(system);
  const { entitlement } = await carryOut(shop, { verb: "issue", productId, holder: customer, code, expiresAtMs });
  const customerId = entitlement.customer?.id ?? 0;
  const fingerprint = `the machine of ${system}`;
  const { device } = await carryOut(shop, { verb: "register_device", customerId, device: named, fingerprint });
  await carryOut(shop, { verb: "bind", productId, code, device: named, register: false });
  return { productId, code, customerId, device };
}

/** Asks for the current edition of a chart that was sold. */
export function requestDelivery(
  { organizationId = 1, engine }: ChartShop,
  { productId, code, customerId, device: { kind, name, identity } }: SoldChart,
): Promise<Outcome<"request_delivery">> {
  const command = { verb: "request_delivery", productId, code, customerId, device: { kind, name, identity } } as const;
  return engine.execute({ organizationId, command, principal: anybody, address: null });
}
