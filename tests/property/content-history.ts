import fc from "fast-check";
import type { Command } from "../../src/core/command.ts";
import type { Customer } from "../../src/core/customer.ts";
import { systemNamed } from "../../src/kinds/chart/system-name.ts";
import {
  addEdition,
  bindSystem,
  changeSystem,
  createChart,
  finish,
  hourMs,
  register,
  request,
} from "../support/content.ts";
import { issue, startMs } from "../support/engine.ts";

/** Commands that arrive together, some time after those before. Deliveries are named by the order of their requests. */
export interface ContentMoment {
  readonly afterMs: number;
  readonly commands: readonly Command[];
}

const minuteMs = 60_000;

export const customers: readonly Customer[] = ["ada@example.com", "ben@example.com"].map((name, index) => ({
  id: index + 1,
  name,
  ownerId: null,
  displayName: "",
}));
const [ada, ben] = customers.map(({ name }) => name) as [string, string];

/** Whose each unit is; one of them ends within the history. */
export const opening: readonly Command[] = [
  createChart(),
  issue(1, "AAAA", ada),
  { ...issue(1, "BBBB", ada), expiresAtMs: startMs + 1.5 * hourMs },
  issue(1, "CCCC", ben),
];

// Few of everything, so that commands meet each other often.
const often = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: other });
const code = often(fc.constantFrom("AAAA", "AAAA", "BBBB", "CCCC"), fc.constant("DDDD"));
const customerId = often(fc.constant(1), fc.constant(2));
const name = often(fc.constantFrom("boat", "boat", "desk", "yacht"), fc.constantFrom("canoe", "Boat", "a-boat"));
const machine = fc.constantFrom("A", "B", "C");
const slot = fc.constantFrom(undefined, undefined, 0, 1, 2);
const nth = fc.integer({ min: 1, max: 6 });

const registration = fc.tuple(customerId, name, machine).map((parts) => register(...parts));
const change = fc
  .tuple(customerId, name, fc.constantFrom("release", "release", "disable", "enable", "enable"))
  .map((parts) => changeSystem(...(parts as Parameters<typeof changeSystem>)));
const binding = fc.record({ code, name, slot, isNew: fc.boolean() }).map((one): Command => {
  const device = systemNamed(one.name);
  const at = one.slot === undefined ? {} : { slot: one.slot };
  return { verb: "bind", productId: 1, code: one.code, device, register: one.isNew, ...at };
});
const unbinding = fc.record({ code, name: fc.option(name) }).map((one): Command => {
  const device = one.name === null ? {} : { device: systemNamed(one.name) };
  return { verb: "unbind", productId: 1, code: one.code, ...device };
});
const edition = fc
  .record({ name: often(fc.constantFrom("e1", "e2", "e3", "e4"), fc.constant("e/")), daysOld: fc.nat({ max: 2 }) })
  .map((one) => addEdition(one.name, one.daysOld));
const requesting = fc.record({ customerId, code, name, slot }).map((one): Command => {
  const at = one.slot === undefined ? {} : { slot: one.slot };
  return { ...request(one.customerId, one.code, one.name), ...at };
});
const finishing = fc.record({ nth, code, hours: fc.integer({ min: 1, max: 3 }) }).map((one): Command => {
  const command = finish(one.nth, one.code);
  return { ...command, built: { ...command.built, expiresAtMs: startMs + one.hours * hourMs } };
});
const ending = fc
  .record({ nth, code })
  .map((one): Command => ({ verb: "end_delivery", deliveryId: one.nth, code: one.code }));
const revoking = code.map((one): Command => ({ verb: "revoke", productId: 1, code: one }));

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: registration },
  { weight: 5, arbitrary: change },
  { weight: 10, arbitrary: binding },
  { weight: 3, arbitrary: unbinding },
  { weight: 3, arbitrary: edition },
  { weight: 14, arbitrary: requesting },
  { weight: 8, arbitrary: finishing },
  { weight: 3, arbitrary: ending },
  { weight: 1, arbitrary: revoking },
);

const moment: fc.Arbitrary<ContentMoment> = fc.record({
  afterMs: fc.integer({ min: 0, max: 3 }).map((quarters) => quarters * 15 * minuteMs),
  commands: fc.array(command, { minLength: 1, maxLength: 8 }),
});

/** Mostly there is an edition and a system that holds a unit, so that there is something to deliver. */
const beginning: fc.Arbitrary<readonly ContentMoment[]> = fc
  .subarray<Command>([addEdition("e1", 1), register(1, "boat", "A"), bindSystem("AAAA", "boat")], { minLength: 1 })
  .map((commands) => commands.map((one) => ({ afterMs: 0, commands: [one] })));

/** What may happen to a chart of two slots, of which two customers hold three units: two hours or so. */
export const contentHistory: fc.Arbitrary<readonly ContentMoment[]> = fc
  .tuple(often(beginning, fc.constant([])), fc.array(moment, { minLength: 1, maxLength: 14, size: "max" }))
  .map((parts) => parts.flat());

/** The command with the delivery's own number; 0, which is none's, for one that was not requested before. */
export function withDeliveryNumber(given: Command, numbers: readonly number[]): Command {
  return "deliveryId" in given ? { ...given, deliveryId: numbers[given.deliveryId - 1] ?? 0 } : given;
}
