import { type Listed, type ListingOptions, printList } from "../../../cli/listing.ts";
import type { CommandServices, Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { formatDay } from "../../../core/day.ts";
import { isExpired, slotsOf } from "../../../core/entitlement.ts";
import type { SoldEntitlement } from "../../../queries/entitlements.ts";
import { everyPage } from "../../../queries/pages.ts";
import { canonicalLicenseKey } from "../license-key.ts";

/** `counterfoil license find TEXT`: licences by a key in any spelling, or by a part of key, product code or client. */
export function findLicenses(tools: Tools, text: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const none = `No licence, product or client has "${text}" in its name.`;
    await printList(tools, options, licenseRows(services, text), none);
  });
}

async function* licenseRows(
  { queries, organizationId }: CommandServices,
  given: string,
): AsyncGenerator<readonly Listed[]> {
  const key = canonicalLicenseKey(given);
  const held = key === undefined ? undefined : await queries.entitlements.heldByCode(organizationId, key);
  const text = held?.product.kind === "license" ? held.entitlement.code : given;
  const nowMs = Date.now();
  for await (const page of everyPage(queries.entitlements.ofKind, organizationId, { kind: "license", text })) {
    yield page.map((license) => rowOf(license, nowMs));
  }
}

function rowOf({ product, entitlement, bindings }: SoldEntitlement, nowMs: number): Listed {
  const { code, customer, expiresAtMs } = entitlement;
  return {
    key: code,
    product: product.name,
    client: customer?.name ?? null,
    machines: bindings.map(({ device }) => device.name).join(", "),
    seats: slotsOf(product, entitlement),
    expires: expiresAtMs === null ? null : formatDay(expiresAtMs),
    state: stateOf(entitlement, nowMs),
  };
}

/** The state of a licence in a word. */
export function stateOf(entitlement: SoldEntitlement["entitlement"], nowMs: number): string {
  if (entitlement.revokedAtMs !== null) return "revoked";
  if (entitlement.suspendedAtMs !== null) return "suspended";
  return isExpired(entitlement, nowMs) ? "expired" : "valid";
}
