import { readDay, readWhole } from "../../../cli/read-option.ts";
import { readPeriod } from "../../../cli/read-period.ts";
import { accepted, CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { dayEnd } from "../../../core/day.ts";
import { slotsOf } from "../../../core/entitlement.ts";
import { dayIn, momentOf } from "../../../core/time-zone.ts";
import { systemNamed } from "../../../kinds/chart/system-name.ts";
import { findChart } from "./find-chart.ts";
import { readUnit, type UnitOptions } from "./order.ts";

/** `counterfoil order renew ORDER`: more time for one unit, by a period or up to a day. */
export function renewUnit(
  tools: Tools,
  order: string,
  { period, until, ...options }: UnitOptions & { readonly period?: string; readonly until?: string },
): Promise<void> {
  const unit = readUnit(order, options);
  if ((period === undefined) === (until === undefined)) throw new CommandError("Give either --for or --until.");
  const lastDayMs = until === undefined ? undefined : readDay("--until", until);
  const length = period === undefined ? {} : readPeriod("--for", period);
  return withServices(tools, async (services) => {
    const { timeZone } = await findChart(services, "--product", options.product);
    const { execute } = services;
    const { entitlement } =
      lastDayMs === undefined
        ? accepted(await execute({ verb: "renew", kind: "chart", ...unit, period: length }), sentences)
        : accepted(
            await execute({
              verb: "extend",
              kind: "chart",
              ...unit,
              expiresAtMs: momentOf(timeZone, dayEnd(lastDayMs)),
            }),
            sentences,
          );
    tools.print(`${entitlement.code} is valid until ${dayIn(timeZone, entitlement.expiresAtMs ?? 0)}.`);
  });
}

/** `counterfoil order slots ORDER`: gives one unit slots of its own, or as many as its chart has. */
export function setUnitSlots(
  tools: Tools,
  order: string,
  { slots: text, ...options }: UnitOptions & { readonly slots: string },
): Promise<void> {
  const unit = readUnit(order, options);
  const slots = text === "chart" ? null : readWhole("--slots", text);
  return withServices(tools, async ({ execute }) => {
    const command = { verb: "change_entitlement", kind: "chart", ...unit, slots } as const;
    const { product, entitlement } = accepted(await execute(command), sentences);
    const count = slotsOf(product, entitlement);
    tools.print(`${entitlement.code} has ${count} ${count === 1 ? "slot" : "slots"}.`);
  });
}

/** `counterfoil order move ORDER`: gives the slot of a system to another system of the same customer. */
export function moveUnit(
  tools: Tools,
  order: string,
  { from, to, ...options }: UnitOptions & { readonly from: string; readonly to: string },
): Promise<void> {
  const unit = readUnit(order, options);
  return withServices(tools, async ({ execute }) => {
    const systems = { from: systemNamed(from), to: systemNamed(to), register: false };
    const { bindings } = accepted(await execute({ verb: "rebind", kind: "chart", ...unit, ...systems }), {
      ...sentences,
      device_not_found: `The customer has no system ${to}. "counterfoil system list" shows all.`,
      device_disabled: `${to} is disabled.`,
      not_bound: `${unit.code} is not assigned to ${from}.`,
      already_bound: `${unit.code} is assigned to ${to} already.`,
    });
    const names = bindings.map(({ device }) => device.name).join(", ");
    tools.print(`${unit.code} is assigned to ${names}. What was prepared for ${from} can be fetched no more.`);
  });
}

const sentences = {
  product_not_found: 'There is no such unit. "counterfoil order list" shows what a customer has bought.',
  entitlement_not_found: 'There is no such unit. "counterfoil order list" shows what a customer has bought.',
  duration_invalid: "A renewal lasts from a day to a hundred years.",
  period_reversed: "It cannot end before it begins.",
  slots_invalid: "A unit has 1 to 100 slots.",
  slots_in_use: 'Systems hold slots that would be taken away. "counterfoil order unassign" frees them.',
  product_retired: "The chart is retired.",
  product_closed: "The chart is closed for sale, and for renewals.",
  entitlement_revoked: "The unit was revoked.",
  entitlement_suspended: "The unit is suspended.",
  expiry_missing: "The unit is valid without end.",
};
