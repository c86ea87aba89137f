import type { Device } from "../../core/device.ts";
import { refuseTime, slotsOf } from "../../core/entitlement.ts";
import { formatEditionNumber, readEditionNumber } from "../../kinds/chart/edition-number.ts";
import { unitOfCode } from "../../kinds/chart/unit-code.ts";
import type { HeldContent } from "../../queries/content.ts";
import type { PackageDetails, RequestedEditionName } from "../../queries/packages.ts";
import type { Call } from "./answer.ts";
import { type List, type ListedChart, type ListedUnit, listDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { chartTypeOf } from "./package-format.ts";
import { slotUuidOf } from "./slot-uuid.ts";

/** Everything that a customer has. Queries that arrive together get the same arrays. */
export interface Holdings {
  readonly systems: readonly Device[];
  readonly contents: readonly HeldContent[];
  /** The latest edition of each product that can be fetched. */
  readonly bases: readonly PackageDetails[];
}

export async function readHoldings({ context, customer }: Call): Promise<Holdings> {
  const { organization, queries } = context;
  const [systems, contents, bases] = await Promise.all([
    queries.devices.ofCustomer(organization.id, customer.id, "system"),
    queries.content.heldBy(organization.id, customer.id, "chart"),
    queries.packages.basesFor(organization.id, customer.id, "chart"),
  ]);
  return { systems, contents, bases };
}

/** Whether the list may have this unit: its chart is not retired, and its validity has begun. */
export function isListed({ product, entitlement }: HeldContent, atMs: number): boolean {
  return product.retiredAtMs === null && refuseTime(product, entitlement, atMs) !== "not_yet_valid";
}

/** A document with everything that it was made of, except the contents. */
interface Written extends Omit<Holdings, "contents"> {
  readonly requested: readonly RequestedEditionName[];
  /** A unit that expires changes the document. */
  readonly secondMs: number;
  readonly document: string;
}

const written = new WeakMap<readonly HeldContent[], Written>();

/**
 * Get list: every chart that the customer has bought and that can be fetched, with the slots that systems hold. During
 * maintenance with the notice as its result, which clients show and lose nothing by. Lists that are requested together
 * are written once.
 */
export async function listCharts(call: Call): Promise<string> {
  const { organization, queries } = call.context;
  const [holdings, requested] = await Promise.all([
    readHoldings(call),
    queries.packages.requestsOf(organization.id, call.customer.id),
  ]);
  const { contents, systems, bases } = holdings;
  if (call.settings.maintenance === "on") {
    const notice = new ProtocolError("maintenance", undefined, call.settings.maintenanceNotice);
    return listDocument(listOf(call, holdings, requested), notice);
  }
  const secondMs = Math.floor(call.request.atMs / 1000);
  const known = written.get(contents);
  const isSame =
    known?.systems === systems && known.bases === bases && known.requested === requested && known.secondMs === secondMs;
  if (isSame) return known.document;
  const document = listDocument(listOf(call, holdings, requested));
  written.set(contents, { systems, bases, requested, secondMs, document });
  return document;
}

function listOf(call: Call, holdings: Holdings, requested: readonly RequestedEditionName[]): List {
  const { systems, contents, bases } = holdings;
  const baseOf = new Map(bases.map((base) => [base.edition.productId, base]));
  const requestedOn = new Map(requested.map((one) => [`${one.entitlementId} ${one.deviceId}`, one.editionName]));
  const listed = contents.filter((content) => isListed(content, call.request.atMs));
  const sets = Map.groupBy(listed, ({ product, entitlement }) => {
    return `${unitOfCode(entitlement.code)?.order} ${product.id}`;
  });
  const isDisabled = ({ disabledAtMs }: Device) => disabledAtMs !== null;
  return {
    charts: [...sets.values()].flatMap((units) => chartOf(call, units, baseOf, requestedOn) ?? []),
    systemNames: systems.filter((system) => !isDisabled(system)).map(({ name }) => name),
    disabledSystemNames: systems.filter(isDisabled).map(({ name }) => name),
  };
}

/**
 * The units of one chart in one order. `undefined` without an order, which clients could not name, and for a chart
 * that cannot be fetched.
 */
function chartOf(
  call: Call,
  contents: readonly HeldContent[],
  baseOf: ReadonlyMap<number, PackageDetails>,
  requestedOn: ReadonlyMap<string, string>,
): ListedChart | undefined {
  const [first] = contents;
  const base = first && baseOf.get(first.product.id);
  const order = first && unitOfCode(first.entitlement.code)?.order;
  const number = base && readEditionNumber(base.edition.name);
  if (first === undefined || base === undefined || order === undefined || number === undefined) return undefined;
  const ends = contents.map(({ product, entitlement }) => entitlement.expiresAtMs ?? product.endsAtMs);
  return {
    order,
    purchasedAtMs: Math.min(...contents.map(({ entitlement }) => entitlement.issuedAtMs)),
    expiresAtMs: ends.includes(null) ? null : Math.max(...ends.map((end) => end ?? 0)),
    isExpired: contents.every(({ product, entitlement }) => {
      const isOver = refuseTime(product, entitlement, call.request.atMs) === "no_longer_valid";
      return isOver || entitlement.suspendedAtMs !== null;
    }),
    edition: formatEditionNumber(number),
    editionAtMs: base.edition.publishedAtMs,
    name: first.product.name,
    // The list has one number for all units of a chart.
    maxSlots: Math.max(...contents.map(({ product, entitlement }) => slotsOf(product, entitlement))),
    chartId: String(first.product.id),
    chartType: chartTypeOf(base.made.fileName),
    units: contents.map((content) => unitOf(call, content, requestedOn)),
  };
}

function unitOf(
  { context }: Call,
  { entitlement, bindings }: HeldContent,
  requestedOn: ReadonlyMap<string, string>,
): ListedUnit {
  return {
    quantityId: unitOfCode(entitlement.code)?.quantityId ?? 1,
    slots: bindings.map(({ slot, device }) => {
      const number = readEditionNumber(requestedOn.get(`${entitlement.id} ${device.id}`) ?? "");
      return {
        slotUuid: slotUuidOf(context.organization.id, entitlement.id, slot),
        assignedSystemName: device.name,
        lastRequested: number === undefined ? "" : formatEditionNumber(number),
      };
    }),
  };
}
