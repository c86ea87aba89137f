import { findCustomer } from "../../../cli/customer.ts";
import { readDay, readWhole } from "../../../cli/read-option.ts";
import { CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { dayEnd, dayStart, formatDay, yearsLater } from "../../../core/day.ts";
import { dayStartIn } from "../../../core/local-time.ts";
import type { Refusal } from "../../../core/refusal.ts";
import { momentOf, wallTimeIn } from "../../../core/time-zone.ts";
import { issueQuantityMax } from "../../../core/verbs/issue.ts";
import { systemNamed } from "../../../kinds/chart/system-name.ts";
import { codeOfUnit, isOrder, orderLengthMax } from "../../../kinds/chart/unit-code.ts";
import { findChart } from "./find-chart.ts";

/** The options of `counterfoil order add`. */
export interface OrderOptions {
  readonly customer: string;
  readonly product: string;
  readonly quantity: string;
  readonly bought?: string;
  readonly expires?: string;
}

/** The unit of an order that a command is about. */
export interface UnitOptions {
  readonly product: string;
  readonly quantityId: string;
}

/**
 * `counterfoil order add ORDER`: gives a customer one or more units of a chart, all or none. Days are in the
 * time zone of the chart. Units are valid through their last day: a year after the purchase by default.
 */
export function addOrder(tools: Tools, order: string, options: OrderOptions): Promise<void> {
  checkOrder(order);
  const quantity = readWhole("--quantity", options.quantity);
  if (quantity < 1 || quantity > issueQuantityMax) {
    throw new CommandError(`--quantity "${options.quantity}" is not from 1 to ${issueQuantityMax}.`);
  }
  const { bought, expires } = options;
  const boughtDayMs = bought === undefined ? undefined : readDay("--bought", bought);
  const lastDayMs = expires === undefined ? undefined : readDay("--expires", expires);
  return withServices(tools, async (services) => {
    const { id: productId, timeZone } = await findChart(services, "--product", options.product);
    const nowMs = Date.now();
    const firstDayMs = boughtDayMs ?? dayStart(wallTimeIn(timeZone, nowMs));
    const endDayMs = lastDayMs ?? yearsLater(firstDayMs, 1);
    if (endDayMs < firstDayMs) {
      throw new CommandError("An order cannot expire before it was bought: --expires lies before --bought.");
    }
    const { name } = await findCustomer(services, options.customer);
    const units = Array.from({ length: quantity }, (_, index) => ({ order, productId, quantityId: index + 1 }));
    const command = {
      verb: "issue",
      kind: "chart",
      productId,
      holder: name,
      code: units.map(codeOfUnit),
      issuedAtMs: bought === undefined ? nowMs : (dayStartIn(timeZone, bought) ?? nowMs),
      expiresAtMs: momentOf(timeZone, dayEnd(endDayMs)),
    } as const;
    const outcome = await services.execute(command);
    if (!outcome.ok) throw new CommandError(sentences[outcome.refusal] ?? `Refused: ${outcome.refusal}.`);
    const { product, entitlement, others } = outcome.value;
    for (const { code } of [entitlement, ...others]) {
      tools.print(`${code}  ${product.name}  for ${name}  valid until ${formatDay(endDayMs)}`);
    }
  });
}

/** `counterfoil order revoke ORDER`: ends one unit for good; its systems hold it no more. */
export function revokeUnit(tools: Tools, order: string, options: UnitOptions): Promise<void> {
  const unit = readUnit(order, options);
  return withServices(tools, async (services) => {
    const outcome = await services.execute({ verb: "revoke", kind: "chart", ...unit });
    if (!outcome.ok) throw noUnit(`There is no ${unit.code}.`);
    tools.print(`${unit.code} is revoked.`);
  });
}

/** `counterfoil order unassign ORDER`: takes one unit from the named system, or from all systems that hold it. */
export function unassignUnit(
  tools: Tools,
  order: string,
  { system, ...options }: UnitOptions & { readonly system?: string },
): Promise<void> {
  const unit = readUnit(order, options);
  return withServices(tools, async (services) => {
    const device = system === undefined ? {} : { device: systemNamed(system) };
    const outcome = await services.execute({ verb: "unbind", ...unit, ...device });
    if (!outcome.ok) {
      const isBound = outcome.refusal !== "not_bound";
      throw noUnit(isBound ? `There is no ${unit.code}.` : `${unit.code} is not assigned to ${system}.`);
    }
    const names = outcome.value.bindings.map((binding) => binding.device.name).join(", ");
    tools.print(`${unit.code} is assigned to ${names || "no system"}.`);
  });
}

/** The unit that the options name; ends with a sentence when they cannot name any. */
export function readUnit(order: string, { product, quantityId }: UnitOptions) {
  checkOrder(order);
  const productId = readWhole("--product", product);
  return { productId, code: codeOfUnit({ order, productId, quantityId: readWhole("--quantity-id", quantityId) }) };
}

function noUnit(reason: string): CommandError {
  return new CommandError(`${reason} "counterfoil order list" shows what a customer has bought.`);
}

/** Ends with a sentence when this cannot be the reference of an order. */
export function checkOrder(order: string): void {
  if (isOrder(order)) return;
  throw new CommandError(`An order is called by 1 to ${orderLengthMax} letters and digits: "${order}" is not.`);
}

/** Refusals in words for the person at the terminal. */
const sentences: Partial<Record<Refusal, string>> = {
  product_not_found: "The chart was removed meanwhile.",
  product_closed: "This chart is closed for sale.",
  product_retired: "This chart was retired: it is sold no more.",
  code_taken:
    "This order has this chart already, so nothing was added. An order names a chart once, with its quantity.",
};
