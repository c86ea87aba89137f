import type { Command, CommandOf } from "../../src/core/command.ts";
import type { DeviceName } from "../../src/core/device.ts";
import { hourMs } from "../support/content.ts";
import { startMs } from "../support/engine.ts";

interface System {
  readonly customerId: number;
  readonly name: string;
  machine: string | undefined;
  isBarred: boolean;
}

interface Unit {
  readonly customerId: number;
  readonly endsAtMs: number;
  /** Which system is in which slot. */
  readonly slots: [System | undefined, System | undefined];
  isRevoked: boolean;
}

interface Delivery {
  readonly code: string;
  readonly system: System;
  readonly edition: string;
  untilMs: number | undefined;
  isOver: boolean;
}

/**
 * What the rules of content come to, told in another way: a unit is two slots, and what is not offered any more is looked
 * for in what was ever delivered. Outcomes and lines of the log are texts; deliveries count from 1.
 */
export class ContentModel {
  readonly systems: System[] = [];
  readonly units = new Map<string, Unit>([
    ["AAAA", unitOf(1, Number.POSITIVE_INFINITY)],
    ["BBBB", unitOf(1, startMs + 1.5 * hourMs)],
    ["CCCC", unitOf(2, Number.POSITIVE_INFINITY)],
  ]);
  readonly deliveries: Delivery[] = [];
  readonly editions: { readonly name: string; readonly publishedAtMs: number }[] = [];
  readonly log: string[] = [];
  mails = 0;

  act(command: Command, nowMs: number): string {
    switch (command.verb) {
      case "register_device":
        return this.#register(command);
      case "change_device":
        return this.#change(command);
      case "bind":
        return this.#bind(command, nowMs);
      case "unbind":
        return this.#unbind(command);
      case "add_edition":
        return this.#addEdition(command);
      case "request_delivery":
        return this.#request(command, nowMs);
      case "finish_delivery":
        return this.#finish(command);
      case "end_delivery":
        return this.#end(command);
      case "revoke":
        return this.#revoke(command);
      default:
        throw new Error(`the model does not know ${command.verb}`);
    }
  }

  /** Everything there is, a line each. */
  describe(): string[] {
    const systems = this.systems.map(
      (one) => `${nameOf(one)} ${one.machine === undefined ? "free" : "taken"} ${one.isBarred ? "barred" : "let in"}`,
    );
    const units = [...this.units].map(([code, unit]) => `${code} ${holdersOf(unit)}`);
    const deliveries = this.deliveries.map(
      ({ code, system, edition, untilMs, isOver }, index) =>
        `delivery ${index + 1} of ${edition} ${code} to ${nameOf(system)} ${untilMs ?? "unbuilt"} ${isOver ? "over" : "offered"}`,
    );
    return [...systems.sort(), ...units, ...deliveries];
  }

  #find(customerId: number | undefined, { name }: DeviceName): System | undefined {
    return this.systems.find((one) => one.customerId === customerId && one.name.toLowerCase() === name.toLowerCase());
  }

  #add(customerId: number, name: string): System {
    const system: System = { customerId, name, machine: undefined, isBarred: false };
    this.systems.push(system);
    return system;
  }

  /** Ends what is offered and fits. */
  #endThose(fits: (delivery: Delivery) => boolean): void {
    for (const delivery of this.deliveries) if (fits(delivery)) delivery.isOver = true;
  }

  #register({ customerId, device, fingerprint }: CommandOf<"register_device">): string {
    if (!isName(device.name)) return "device_invalid";
    const named = this.#find(customerId, device);
    const known = this.systems.find((one) => one.customerId === customerId && one.machine === fingerprint);
    const spellsOtherwise = named !== undefined && named.name !== device.name;
    if (named !== undefined && named !== known && (named.machine !== undefined || spellsOtherwise)) {
      return "fingerprint_differs";
    }
    if (known !== undefined && known === named && spellsOtherwise) return "fingerprint_taken";
    const moves = known !== undefined && known !== named;
    const isIdle = known !== undefined && ![...this.units.values()].some(({ slots }) => slots.includes(known));
    if (moves && !(named !== undefined && isIdle && !known.isBarred)) return "fingerprint_taken";
    if (named?.isBarred === true) return "device_disabled";
    if (named !== undefined && named === known) return `ok ${nameOf(named)} unchanged`;
    if (moves) this.#free(known);
    const system = named ?? this.#add(customerId, device.name);
    system.machine = fingerprint;
    this.#endThose((delivery) => delivery.system === system);
    this.log.push(`device_registered ${nameOf(system)}`);
    return `ok ${nameOf(system)} changed`;
  }

  /** Whatever was offered to a machine is for no other one. */
  #free(system: System): void {
    system.machine = undefined;
    this.#endThose((delivery) => delivery.system === system);
    this.log.push(`device_released ${nameOf(system)}`);
  }

  #change({ customerId, device, change }: CommandOf<"change_device">): string {
    const system = this.#find(customerId, device);
    if (system === undefined) return "device_not_found";
    const isSo = change === "release" ? system.machine === undefined : system.isBarred === (change === "disable");
    if (isSo) return `ok ${nameOf(system)} unchanged`;
    if (change === "release") this.#free(system);
    else {
      system.isBarred = change === "disable";
      this.log.push(`device_${change}d ${nameOf(system)}`);
    }
    return `ok ${nameOf(system)} changed`;
  }

  #bind({ code, device, register, slot }: CommandOf<"bind">, nowMs: number): string {
    const unit = this.units.get(code);
    if (unit === undefined) return "entitlement_not_found";
    const known = this.#find(unit.customerId, device);
    if (known === undefined && !register) return "device_not_found";
    if (!isName(device.name)) return "device_invalid";
    if (slot !== undefined && slot > 1) return "slot_not_found";
    if (unit.isRevoked) return "entitlement_revoked";
    if (known?.isBarred === true) return "device_disabled";
    const own = known === undefined ? -1 : unit.slots.indexOf(known);
    const free = unit.slots.indexOf(undefined);
    const wanted = slot ?? (own >= 0 ? own : free);
    const there = unit.slots[wanted];
    if (slot !== undefined && there !== undefined && there !== known) return "slot_taken";
    if (own >= 0 && own !== wanted) return "already_bound";
    if (own < 0 && free < 0) return "slots_taken";
    if (nowMs > unit.endsAtMs) return "no_longer_valid";
    if (own >= 0) return `ok ${code} ${holdersOf(unit)} unchanged`;
    const holder = known ?? this.#add(unit.customerId, device.name);
    unit.slots[wanted] = holder;
    this.log.push(`entitlement_bound ${code} ${nameOf(holder)}`);
    return `ok ${code} ${holdersOf(unit)} changed`;
  }

  #unbind({ code, device }: CommandOf<"unbind">): string {
    const unit = this.units.get(code);
    if (unit === undefined) return "entitlement_not_found";
    const named = device === undefined ? undefined : this.#find(unit.customerId, device);
    const leaving = unit.slots.filter((one) => one !== undefined && (device === undefined || one === named));
    if (device !== undefined && leaving.length === 0) return "not_bound";
    for (const [at, system] of unit.slots.entries()) if (leaving.includes(system)) unit.slots[at] = undefined;
    this.#endThose((delivery) => delivery.code === code && leaving.includes(delivery.system));
    const [only, ...others] = leaving;
    // Of several that leave at once the line names none.
    if (only !== undefined) {
      this.log.push(`entitlement_unbound ${code}${others.length === 0 ? ` ${nameOf(only)}` : ""}`);
    }
    return `ok ${code} ${holdersOf(unit)}`;
  }

  #addEdition({ name, publishedAtMs }: CommandOf<"add_edition">): string {
    if (name.includes("/")) return "edition_invalid";
    if (this.editions.some((one) => one.name === name)) return "edition_taken";
    this.editions.push({ name, publishedAtMs });
    this.log.push("edition_added");
    return `ok ${name}`;
  }

  #request({ customerId, code, device, slot }: CommandOf<"request_delivery">, nowMs: number): string {
    const unit = this.units.get(code);
    if (unit?.customerId !== customerId) return "entitlement_not_found";
    const system = this.#find(customerId, device);
    if (system === undefined) return "device_not_found";
    const current = this.editions.toSorted((a, b) => a.publishedAtMs - b.publishedAtMs).at(-1)?.name;
    if (current === undefined) return "edition_not_found";
    if (unit.isRevoked) return "entitlement_revoked";
    if (system.isBarred) return "device_disabled";
    const at = unit.slots.indexOf(system);
    if (at < 0 || at !== (slot ?? at)) return "not_bound";
    const isOffered = (one: Delivery) => one.code === code && one.system === system && !one.isOver;
    const last = this.deliveries.findLast(isOffered);
    const isInTime = last?.untilMs === undefined || nowMs < last.untilMs;
    if (last?.edition === current && isInTime) return "already_delivered";
    if (nowMs > unit.endsAtMs) return "no_longer_valid";
    this.#endThose(isOffered);
    this.deliveries.push({ code, system, edition: current, untilMs: undefined, isOver: false });
    this.log.push(`delivery_requested ${code} ${nameOf(system)}`);
    return `ok ${code} ${current}`;
  }

  #offered({ deliveryId, code }: { readonly deliveryId: number; readonly code: string }): Delivery | string {
    if (!this.units.has(code)) return "entitlement_not_found";
    const delivery = this.deliveries[deliveryId - 1];
    return delivery === undefined || delivery.isOver || delivery.code !== code ? "delivery_ended" : delivery;
  }

  #finish(command: CommandOf<"finish_delivery">): string {
    const delivery = this.#offered(command);
    if (typeof delivery === "string") return delivery;
    if (delivery.untilMs === undefined) {
      delivery.untilMs = command.built.expiresAtMs;
      this.mails++;
      this.log.push(`delivery_ready ${command.code} ${nameOf(delivery.system)}`);
    }
    return `ok until ${delivery.untilMs}`;
  }

  #end(command: CommandOf<"end_delivery">): string {
    const delivery = this.#offered(command);
    if (typeof delivery === "string") return delivery;
    delivery.isOver = true;
    this.log.push(`delivery_ended ${command.code} ${nameOf(delivery.system)}`);
    return `ok until ${delivery.untilMs ?? "unbuilt"}`;
  }

  #revoke({ code }: CommandOf<"revoke">): string {
    const unit = this.units.get(code);
    if (unit === undefined) return "entitlement_not_found";
    if (!unit.isRevoked) this.log.push(`entitlement_revoked ${code}`);
    unit.isRevoked = true;
    unit.slots.fill(undefined);
    this.#endThose((delivery) => delivery.code === code);
    return `ok ${code}`;
  }
}

function unitOf(customerId: number, endsAtMs: number): Unit {
  return { customerId, endsAtMs, slots: [undefined, undefined], isRevoked: false };
}

function nameOf({ customerId, name }: System): string {
  return `${customerId}/${name}`;
}

function holdersOf({ slots }: Unit): string {
  return slots.map((system) => system?.name ?? "-").join();
}

function isName(name: string): boolean {
  return !name.includes("-");
}
