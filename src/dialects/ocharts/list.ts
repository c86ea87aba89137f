import { isLive } from "../../core/delivery.ts";
import type { Device } from "../../core/device.ts";
import { refuseTime } from "../../core/entitlement.ts";
import type { ContentBinding, HeldContent } from "../../queries/content.ts";
import type { Call } from "./answer.ts";
import { linkTo } from "./downloads.ts";
import { type ListedSlot, type ListedUnit, listDocument } from "./encode.ts";
import { unitOfCode } from "./unit-code.ts";

/** What a customer has. Questions that arrive together get the very same. */
export interface Holdings {
  readonly systems: readonly Device[];
  readonly contents: readonly HeldContent[];
}

export async function readHoldings({ context, customer }: Call): Promise<Holdings> {
  const { organization, queries } = context;
  const [systems, contents] = await Promise.all([
    queries.devices.ofCustomer(organization.id, customer.id, "system"),
    queries.content.heldBy(organization.id, customer.id, "chart"),
  ]);
  return { systems, contents };
}

/** Whether it is a chart of the customer's at this moment or was one before: neither withdrawn nor to come. */
export function isListed({ product, entitlement }: HeldContent, atMs: number): boolean {
  return product.retiredAtMs === null && refuseTime(product, entitlement, atMs) !== "not_yet_valid";
}

/** A document with all that went into it besides the contents. */
interface Written {
  readonly systems: readonly Device[];
  readonly baseUrl: string;
  readonly linkHours: number;
  readonly document: string;
}

const written = new WeakMap<readonly HeldContent[], Written>();

/**
 * The list as it is answered, free slots too. Of lists that are asked for together only one is written. Measured with a
 * hundred charts in two slots each, on two busy cores: writing one takes 0.5 ms, 0.2 of them for the links; 500 lists a
 * second when each is written, 1,900 so.
 */
export function listOf(call: Call, { systems, contents }: Holdings): string {
  const { baseUrl } = call.request;
  const { linkHours } = call.settings;
  const known = written.get(contents);
  const isSame = known?.systems === systems && known.baseUrl === baseUrl && known.linkHours === linkHours;
  if (isSame) return known.document;
  const document = write(call, { systems, contents });
  written.set(contents, { systems, baseUrl, linkHours, document });
  return document;
}

function write(call: Call, { systems, contents }: Holdings): string {
  const isDisabled = ({ disabledAtMs }: Device) => disabledAtMs !== null;
  const nameOf = ({ name }: Device) => name;
  return listDocument({
    units: contents.flatMap((content) => unitOf(call, content) ?? []),
    systemNames: systems.filter((system) => !isDisabled(system)).map(nameOf),
    disabledSystemNames: systems.filter(isDisabled).map(nameOf),
  });
}

/** `undefined` for what is not listed, and for what was not sold by an order, since clients could not name it. */
function unitOf(call: Call, content: HeldContent): ListedUnit | undefined {
  const { product, entitlement, edition, bindings } = content;
  const unit = unitOfCode(entitlement.code);
  if (unit === undefined || !isListed(content, call.request.atMs)) return undefined;
  const isExpired = refuseTime(product, entitlement, call.request.atMs) === "no_longer_valid";
  return {
    order: unit.order,
    purchasedAtMs: entitlement.issuedAtMs,
    expiresAtMs: entitlement.expiresAtMs ?? product.endsAtMs,
    chartId: String(product.id),
    thumbnailUrl: "",
    edition,
    name: product.name,
    quantityId: unit.quantityId,
    slots: Array.from({ length: product.slots }, (_, slot) => {
      const binding = bindings.find((one) => one.slot === slot);
      return {
        slot,
        assignedSystemName: binding?.device.name ?? "",
        lastRequested: binding?.latest?.editionName ?? "",
        // Clients take a chart of which one slot is expired for expired.
        state: isExpired ? "expired" : stateOf(call, content, binding),
      };
    }),
  };
}

/** What was delivered of an older edition counts no more: clients request anew only what is requestable. */
function stateOf(call: Call, { edition }: HeldContent, binding: ContentBinding | undefined): ListedSlot["state"] {
  if (binding === undefined) return "unassigned";
  const delivery = binding.latest?.delivery;
  const isCurrent = delivery !== undefined && delivery.editionId === edition?.id;
  if (!isCurrent || !isLive(delivery, call.request.atMs)) return "requestable";
  const { built } = delivery;
  if (built === null) return "processing";
  const { bytes, sha1, sha256 } = built;
  return { link: linkTo(call, delivery.id, built), sizeBytes: bytes, sha1, sha256 };
}
