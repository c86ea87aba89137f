import { type ListingOptions, printOne } from "../../../cli/listing.ts";
import { readDay } from "../../../cli/read-option.ts";
import { CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { Outcome } from "../../../core/command.ts";
import { dayEnd, formatDay } from "../../../core/day.ts";
import type { DeviceName } from "../../../core/device.ts";
import { slotsOf } from "../../../core/entitlement.ts";
import type { Refusal } from "../../../core/refusal.ts";
import type { HeldEntitlement } from "../../../queries/entitlements.ts";
import { everyPage } from "../../../queries/pages.ts";
import { canonicalLicenseKey, licenseKeys } from "../license-key.ts";
import { canonicalMacAddress, machineNamed } from "../mac-address.ts";
import { stateOf } from "./license-find.ts";

/**
 * `counterfoil license product NAME`: makes a product. `slotsText`: machines to which one licence is attached at once.
 */
export function addLicenseProduct(tools: Tools, name: string, slotsText: string): Promise<void> {
  const slots = /^\d{1,3}$/.test(slotsText) ? Number(slotsText) : Number.NaN;
  return withServices(tools, async ({ execute, queries, organizationId }) => {
    const known = await queries.products.byName(organizationId, "license", name);
    if (known !== undefined) throw new CommandError(`There is a product ${name} already; its number is ${known.id}.`);
    const terms = { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
    const outcome = await execute({ verb: "create_product", kind: "license", slots, terms });
    tools.print(`${name} has the number ${accepted(outcome).product.id}.`);
  });
}

/** The options of `counterfoil license add`. */
export interface LicenseOptions {
  readonly client: string;
  readonly product: string;
  readonly called: string;
  readonly issued?: string;
  readonly expires?: string;
}

/** `counterfoil license add [KEY]`: a licence with the key that it had on another server, or with a drawn one. */
export function addLicense(tools: Tools, text: string | undefined, options: LicenseOptions): Promise<void> {
  const key = text === undefined ? undefined : canonicalLicenseKey(text);
  if (text !== undefined && key === undefined) throw new CommandError("A key has 1 to 255 characters in one line.");
  const issuedAtMs = options.issued === undefined ? undefined : readDay("--issued", options.issued);
  const expiresAtMs = options.expires === undefined ? undefined : dayEnd(readDay("--expires", options.expires));
  return withServices(tools, async ({ execute, queries, organizationId }) => {
    const product = await queries.products.byName(organizationId, "license", options.product);
    if (product === undefined) {
      throw new CommandError(
        `There is no product ${options.product}. "counterfoil license product ${options.product}" makes it.`,
      );
    }
    const outcome = await execute({
      verb: "issue",
      kind: "license",
      productId: product.id,
      holder: options.client,
      holderName: options.called,
      code: key ?? { random: licenseKeys.name },
      ...(issuedAtMs === undefined ? {} : { issuedAtMs }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    });
    const { entitlement } = accepted(outcome);
    tools.print(`${entitlement.code}  ${product.name}  for ${entitlement.customer?.name}`);
  });
}

/** `counterfoil license revoke KEY`: ends a licence for good; doing it again is a success. */
export function revokeLicense(tools: Tools, key: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { product, entitlement } = await findLicense(services, key);
    const command = { verb: "revoke", productId: product.id, code: entitlement.code } as const;
    accepted(await services.execute(command));
    tools.print(`${entitlement.code} is revoked.`);
  });
}

/** `counterfoil license show KEY` */
export function showLicense(tools: Tools, key: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const held = await findLicense(services, key);
    const found = await services.queries.products.byId(services.organizationId, held.product.id);
    const seats = slotsOf(found?.product ?? { slots: 0 }, held.entitlement);
    printOne(tools, options, { ...factsOf(held), seats, state: stateOf(held.entitlement, Date.now()) });
  });
}

function factsOf({ product, entitlement, bindings }: HeldEntitlement) {
  const { code, customer, issuedAtMs, expiresAtMs, revokedAtMs } = entitlement;
  const day = (atMs: number | null) => (atMs === null ? null : formatDay(atMs));
  return {
    key: code,
    product: product.name,
    client: customer?.name ?? null,
    machines: bindings.map(({ device }) => device.name).join(", "),
    issued: day(issuedAtMs),
    expires: day(expiresAtMs),
    revoked: day(revokedAtMs),
  };
}

/** `counterfoil license list CLIENT`: every licence of a client, with its machines. */
export function listLicenses(tools: Tools, holder: string): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    for await (const page of everyPage(queries.entitlements.heldBy, organizationId, { kind: "license", holder })) {
      for (const { product, entitlement, bindings } of page) {
        const machines = bindings.map(({ device }) => device.name).join(", ");
        const held = machines || "attached to no machine";
        const { revokedAtMs, suspendedAtMs } = entitlement;
        const state = revokedAtMs !== null ? "revoked" : suspendedAtMs !== null ? `${held}, suspended` : held;
        tools.print(`${entitlement.code}  ${product.name}  ${state}`);
      }
    }
  });
}

/**
 * `counterfoil license attach KEY MAC`: the same machine again is a success; without a free slot another is refused.
 */
export function attachLicense(tools: Tools, key: string, mac: string): Promise<void> {
  const device = readMachine(mac);
  return withServices(tools, async (services) => {
    const { product, entitlement } = await findLicense(services, key);
    const command = { verb: "bind", productId: product.id, code: entitlement.code, device, register: true } as const;
    accepted(await services.execute(command));
    tools.print(`${entitlement.code} is attached to ${device.name}.`);
  });
}

/** `counterfoil license detach KEY [MAC]`: frees the machine that is named, or all. */
export function detachLicense(tools: Tools, key: string, mac: string | undefined): Promise<void> {
  const named = mac === undefined ? {} : { device: readMachine(mac) };
  return withServices(tools, async (services) => {
    const { product, entitlement } = await findLicense(services, key);
    const command = { verb: "unbind", productId: product.id, code: entitlement.code, ...named } as const;
    const { bindings } = accepted(await services.execute(command));
    const rest = bindings.map(({ device }) => device.name).join(", ");
    tools.print(`${entitlement.code} is attached to ${rest || "no machine"}.`);
  });
}

export function readMachine(mac: string): DeviceName {
  const name = canonicalMacAddress(mac);
  if (name === undefined) {
    throw new CommandError(`"${mac}" is no MAC address: it has twelve letters or digits, as in 08-00-27-AA-BB-CC.`);
  }
  return machineNamed(name);
}

/** The licence with this key in any spelling; ends with a sentence when there is none. */
export async function findLicense({ queries, organizationId }: CommandServices, key: string): Promise<HeldEntitlement> {
  const code = canonicalLicenseKey(key);
  const held = code === undefined ? undefined : await queries.entitlements.heldByCode(organizationId, code);
  if (held?.product.kind !== "license") throw new CommandError(`There is no licence ${key}.`);
  return held;
}

function accepted<V extends "create_product" | "issue" | "revoke" | "bind" | "unbind">(outcome: Outcome<V>) {
  if (!outcome.ok) throw new CommandError(sentences[outcome.refusal] ?? `Refused: ${outcome.refusal}.`);
  return outcome.value;
}

/** Refusals in words for the person at the terminal. */
const sentences: Partial<Record<Refusal, string>> = {
  name_invalid: "A product has a name of 1 to 255 characters, and a client one of 1 to 320.",
  code_taken: "This key is taken: by another licence, or by something else that was sold.",
  period_reversed: "A licence cannot expire before it was issued: --expires lies before --issued.",
  slots_invalid: "A product has 0 to 100 slots: machines that one licence can be attached to at once.",
  product_retired: "The product of this licence was retired.",
  entitlement_revoked: "This licence was revoked.",
  entitlement_suspended: "This licence is suspended.",
  device_disabled: "The machine is disabled.",
  not_bound: "This licence is not attached to that machine.",
  slots_taken: 'This licence is attached to another machine. "counterfoil license detach" frees it.',
  not_yet_valid: "The time of this licence has not begun.",
  no_longer_valid: "The time of this licence is over.",
};
