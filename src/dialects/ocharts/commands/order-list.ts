import { findCustomer } from "../../../cli/customer.ts";
import { type Listed, type ListingOptions, printList } from "../../../cli/listing.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { isLive } from "../../../core/delivery.ts";
import { isExpired, slotsOf } from "../../../core/entitlement.ts";
import { dayIn } from "../../../core/time-zone.ts";
import { unitOfCode } from "../../../kinds/chart/unit-code.ts";
import type { ContentBinding, HeldContent } from "../../../queries/content.ts";
import type { KindFilter, SoldEntitlement } from "../../../queries/entitlements.ts";
import { everyPage } from "../../../queries/pages.ts";
import { checkOrder } from "./order.ts";

interface ListOptions extends ListingOptions {
  readonly customer?: string;
  readonly product?: string;
}

/** `counterfoil order list` and `order find TEXT`: units, oldest first. Days are in the time zone of the chart. */
export function listOrders(tools: Tools, text: string | undefined, options: ListOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { customer, product } = options;
    const filter = {
      kind: "chart",
      ...(text === undefined ? {} : { text }),
      ...(customer === undefined ? {} : { customerId: (await findCustomer(services, customer)).id }),
      ...(product === undefined ? {} : { productId: readWhole("--product", product) }),
    };
    const none =
      text === undefined ? "There are no such orders." : `No order, chart or customer has "${text}" in its name.`;
    await printList(tools, options, unitRows(services, filter), none);
  });
}

async function* unitRows(
  { queries, organizationId }: CommandServices,
  filter: KindFilter,
): AsyncGenerator<readonly Listed[]> {
  const nowMs = Date.now();
  for await (const page of everyPage(queries.entitlements.ofKind, organizationId, filter)) {
    yield page.map((unit) => ({
      ...factsOf(unit, nowMs),
      slots: slotsOf(unit.product, unit.entitlement),
      systems: unit.bindings.map(({ device }) => device.name).join(", "),
    }));
  }
}

function factsOf({ product, entitlement }: SoldEntitlement, nowMs: number) {
  const { code, customer, issuedAtMs, expiresAtMs } = entitlement;
  return {
    unit: code,
    chart: product.name,
    customer: customer?.name ?? null,
    bought: dayIn(product.timeZone, issuedAtMs),
    expires: expiresAtMs === null ? null : dayIn(product.timeZone, expiresAtMs),
    state: stateOf(entitlement, nowMs),
  };
}

function stateOf(entitlement: SoldEntitlement["entitlement"], nowMs: number): string {
  if (entitlement.revokedAtMs !== null) return "revoked";
  if (entitlement.suspendedAtMs !== null) return "suspended";
  return isExpired(entitlement, nowMs) ? "expired" : "valid";
}

/** `counterfoil order show ORDER`: the slots of its units, and how far the content of each has come. */
export function showOrder(tools: Tools, order: string, options: ListingOptions): Promise<void> {
  checkOrder(order);
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const nowMs = Date.now();
    const rows: Listed[] = [];
    const filter = { kind: "chart", codeStart: `${order}-` };
    for await (const page of everyPage(queries.entitlements.ofKind, organizationId, filter)) {
      for (const unit of page) {
        if (unitOfCode(unit.entitlement.code)?.order !== order) continue;
        const holder = unit.entitlement.customer;
        const contents = holder === null ? [] : await queries.content.heldBy(organizationId, holder.id, "chart");
        const content = contents.find(({ entitlement }) => entitlement.id === unit.entitlement.id);
        rows.push(...slotsRows(unit, content, nowMs));
      }
    }
    if (rows.length === 0) throw new CommandError(`There is no order ${order}. "counterfoil order list" shows all.`);
    await printList(tools, options, [rows], "");
  });
}

/** A row for each slot. A unit that is held no more has none, and one row. */
function slotsRows(unit: SoldEntitlement, content: HeldContent | undefined, nowMs: number): readonly Listed[] {
  const facts = factsOf(unit, nowMs);
  if (content === undefined) return [{ ...facts, slot: null, system: null, content: null }];
  return Array.from({ length: slotsOf(content.product, unit.entitlement) }, (_, slot) => {
    const binding = content.bindings.find((one) => one.slot === slot);
    if (binding === undefined) return { ...facts, slot, system: null, content: null };
    const progress = facts.state === "expired" ? null : progressOf(content, binding, nowMs);
    return { ...facts, slot, system: binding.device.name, content: progress };
  });
}

/** The progress of the current edition towards a system, or the reason why it does not come. */
function progressOf({ edition, product }: HeldContent, { device, latest }: ContentBinding, nowMs: number): string {
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
