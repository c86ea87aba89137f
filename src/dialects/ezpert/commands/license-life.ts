import { readWhole } from "../../../cli/read-option.ts";
import { readPeriod } from "../../../cli/read-period.ts";
import { accepted, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { formatDay } from "../../../core/day.ts";
import { slotsOf } from "../../../core/entitlement.ts";
import { findLicense, readMachine } from "./license.ts";

/** `counterfoil license renew KEY`: more time, from its end on, or from today on when that is over. */
export function renewLicense(tools: Tools, key: string, options: { readonly period: string }): Promise<void> {
  const period = readPeriod("--for", options.period);
  return withServices(tools, async (services) => {
    const { product, entitlement } = await findLicense(services, key);
    const named = { productId: product.id, code: entitlement.code };
    const renewed = accepted(await services.execute({ verb: "renew", ...named, period }), sentences);
    tools.print(`${entitlement.code} is valid until ${formatDay(renewed.entitlement.expiresAtMs ?? 0)}.`);
  });
}

/** `counterfoil license seats KEY NUMBER`: the machines to which this licence can be attached at once. */
export function setSeats(tools: Tools, key: string, text: string): Promise<void> {
  const slots = text === "product" ? null : readWhole("The number of seats", text);
  return withServices(tools, async (services) => {
    const held = await findLicense(services, key);
    const named = { productId: held.product.id, code: held.entitlement.code };
    const outcome = await services.execute({ verb: "change_entitlement", ...named, slots });
    const { product, entitlement } = accepted(outcome, sentences);
    const count = slotsOf(product, entitlement);
    tools.print(`${entitlement.code} is for ${count} ${count === 1 ? "machine" : "machines"} at once.`);
  });
}

/** `counterfoil license move KEY FROM TO`: attaches another machine in the place of one. */
export function moveLicense(tools: Tools, key: string, from: string, to: string): Promise<void> {
  const machines = { from: readMachine(from), to: readMachine(to), register: true };
  return withServices(tools, async (services) => {
    const { product, entitlement } = await findLicense(services, key);
    const named = { productId: product.id, code: entitlement.code };
    const { bindings } = accepted(await services.execute({ verb: "rebind", ...named, ...machines }), sentences);
    tools.print(`${entitlement.code} is attached to ${bindings.map(({ device }) => device.name).join(", ")}.`);
  });
}

const sentences = {
  duration_invalid: "A renewal lasts from a day to a hundred years.",
  slots_invalid: "A licence is for 1 to 100 machines at once.",
  slots_in_use: 'Machines hold seats that would be taken away. "counterfoil license detach" frees them.',
  product_retired: "The product of this licence was retired.",
  product_closed: "The product of this licence is closed for sale, and for renewals.",
  entitlement_revoked: "This licence was revoked.",
  entitlement_suspended: "This licence is suspended.",
  expiry_missing: "This licence is valid without end.",
  device_disabled: "The machine is disabled.",
  not_bound: "This licence is not attached to that machine.",
  already_bound: "This licence is attached to that machine already.",
};
