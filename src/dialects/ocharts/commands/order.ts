import { findCustomer } from "../../../cli/customer.ts";
import { readDay, readWhole } from "../../../cli/read-option.ts";
import { CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { dayEnd, dayStart, formatDay, yearsLater } from "../../../core/day.ts";
import { isLive } from "../../../core/delivery.ts";
import { isExpired, slotsOf } from "../../../core/entitlement.ts";
import type { Refusal } from "../../../core/refusal.ts";
import { issueQuantityMax } from "../../../core/verbs/issue.ts";
import { systemNamed } from "../../../kinds/chart/system-name.ts";
import { codeOfUnit, isOrder, orderLengthMax } from "../../../kinds/chart/unit-code.ts";
import type { ContentBinding, HeldContent } from "../../../queries/content.ts";
import type { HeldEntitlement } from "../../../queries/entitlements.ts";
import { everyPage } from "../../../queries/pages.ts";

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
 * `counterfoil order add ORDER`: gives a customer one or more units of a chart, all or none. Days are in UTC. Units
 * are valid through their last day: a year after the purchase by default.
 */
export function addOrder(tools: Tools, order: string, options: OrderOptions): Promise<void> {
  checkOrder(order);
  const productId = readWhole("--product", options.product);
  const quantity = readWhole("--quantity", options.quantity);
  if (quantity < 1 || quantity > issueQuantityMax) {
    throw new CommandError(`--quantity "${options.quantity}" is not from 1 to ${issueQuantityMax}.`);
  }
  const boughtAtMs = options.bought === undefined ? Date.now() : readDay("--bought", options.bought);
  const lastDayMs = options.expires === undefined ? yearsLater(boughtAtMs, 1) : readDay("--expires", options.expires);
  if (dayStart(lastDayMs) < dayStart(boughtAtMs)) {
    throw new CommandError("An order cannot expire before it was bought: --expires lies before --bought.");
  }
  return withServices(tools, async (services) => {
    const { name } = await findCustomer(services, options.customer);
    const units = Array.from({ length: quantity }, (_, index) => ({ order, productId, quantityId: index + 1 }));
    const command = {
      verb: "issue",
      kind: "chart",
      productId,
      holder: name,
      code: units.map(codeOfUnit),
      issuedAtMs: boughtAtMs,
      expiresAtMs: dayEnd(lastDayMs),
    } as const;
    const outcome = await services.execute(command);
    if (!outcome.ok) throw new CommandError(sentences[outcome.refusal] ?? `Refused: ${outcome.refusal}.`);
    const { product, entitlement, others } = outcome.value;
    for (const { code } of [entitlement, ...others]) {
      tools.print(`${code}  ${product.name}  for ${name}  valid until ${formatDay(lastDayMs)}`);
    }
  });
}

/** `counterfoil order list`: the units of a customer, oldest first, with the systems that hold them. */
export function listOrders(tools: Tools, { customer }: { readonly customer: string }): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { id, name } = await findCustomer(services, customer);
    const contents = await queries.content.heldBy(organizationId, id, "chart");
    const byUnit = new Map(contents.map((content) => [content.entitlement.id, content]));
    const nowMs = Date.now();
    for await (const page of everyPage(queries.entitlements.heldBy, organizationId, { kind: "chart", holder: name })) {
      for (const held of page) {
        const content = byUnit.get(held.entitlement.id);
        for (const line of linesOf(held, content, nowMs)) tools.print(line);
      }
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

function checkOrder(order: string): void {
  if (isOrder(order)) return;
  throw new CommandError(`An order is called by 1 to ${orderLengthMax} letters and digits: "${order}" is not.`);
}

/** The lines of a unit and its slots. A unit that is held no more has no slots. */
function linesOf(
  { entitlement, product }: HeldEntitlement,
  content: HeldContent | undefined,
  nowMs: number,
): readonly string[] {
  const { code, issuedAtMs, expiresAtMs, revokedAtMs, suspendedAtMs } = entitlement;
  const isOver = isExpired(entitlement, nowMs);
  const validity =
    revokedAtMs !== null
      ? `revoked ${formatDay(revokedAtMs)}`
      : suspendedAtMs !== null
        ? `suspended ${formatDay(suspendedAtMs)}`
        : expiresAtMs === null
          ? "valid without end"
          : `${isOver ? "expired" : "valid until"} ${formatDay(expiresAtMs)}`;
  const head = `${code}  ${product.name}  bought ${formatDay(issuedAtMs)}  ${validity}`;
  if (content === undefined) return [head];
  const slots = Array.from({ length: slotsOf(content.product, entitlement) }, (_, slot) => {
    const binding = content.bindings.find((one) => one.slot === slot);
    if (binding === undefined) return `  slot ${slot}  free`;
    return `  slot ${slot}  ${binding.device.name}${isOver ? "" : `  ${stateOf(content, binding, nowMs)}`}`;
  });
  return [head, ...slots];
}

/** The progress of the current edition towards a system, or the reason why it does not come. */
function stateOf({ edition, product }: HeldContent, { device, latest }: ContentBinding, nowMs: number): string {
  if (product.retiredAtMs !== null) return "the chart is retired";
  if (device.disabledAtMs !== null) return "the system is disabled";
  if (device.fingerprint === null) return "waits for the next machine of this name";
  if (edition === null) return "there is no edition";
  const delivery = latest?.delivery;
  if (delivery === undefined || delivery.editionId !== edition.id || !isLive(delivery, nowMs)) {
    return `can request ${edition.name}`;
  }
  if (delivery.built === null) return `${edition.name} is being prepared`;
  return `can download ${edition.name} until ${new Date(delivery.built.expiresAtMs).toISOString()}`;
}

/** Refusals in words for the person at the terminal. */
const sentences: Partial<Record<Refusal, string>> = {
  product_not_found: 'There is no chart of this number. "counterfoil chart list" shows all.',
  product_closed: "This chart is closed for sale.",
  product_retired: "This chart was retired: it is sold no more.",
  code_taken:
    "This order has this chart already, so nothing was added. An order names a chart once, with its quantity.",
};
