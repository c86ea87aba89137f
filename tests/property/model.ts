import type { CategoryTerms } from "../../src/core/category.ts";
import type { Command, CommandOf } from "../../src/core/command.ts";
import { idOf, type Principal } from "../../src/core/principal.ts";
import { newProduct, type ProductTerms } from "../../src/core/product.ts";
import type { Request } from "./history.ts";
import {
  decideAgain,
  entriesOf,
  honoured,
  isInside,
  latestMs,
  type Rides,
  type RidesTerms,
  refuseRide,
  secondOf,
} from "./rides.ts";

type Event = ProductTerms & RidesTerms & EventState;

interface EventState {
  readonly createdAtMs: number;
  readonly categories: readonly CategoryTerms[];
  readonly holds: Hold[];
  retired: boolean;
}

interface Hold {
  readonly id: number;
  readonly category: string | null;
  readonly places: number;
  readonly endsAtMs: number;
  ended: boolean;
}

interface Ticket {
  readonly productId: number;
  readonly category: string | null;
  readonly issuedAtMs: number;
  /** The scan that was accepted, then those that came after it, as they were reported. */
  readonly scans: Scan[];
  /** Every scan that was answered, by gate and second, with the outcomes that it had. */
  readonly told: Map<string, string[]>;
  /** Conflicts of scans of a ticket that is honoured once. */
  readonly conflicts: string[];
  /** Its uses, once it is or was honoured more than once, or a use was taken back. */
  rides: Rides | null;
  holder: string | null;
  usesMax: number | null;
  startsAtMs: number | null;
  expiresAtMs: number | null;
  reference: string | null;
  revoked: boolean;
  suspended: boolean;
}

interface Scan {
  readonly atMs: number;
  readonly reportedAtMs: number | null;
  readonly by: string;
  readonly rank: string;
  readonly inTime: boolean;
}

const aheadMs = 2 * 60_000;
const quarterMs = 15 * 60_000;

/**
 * What the rules come to, told in another way: nothing is counted up or down, but looked for in what is there; which
 * scan counts is found among all of them. Outcomes and lines of the log are texts.
 */
export class Model {
  readonly events = new Map<number, Event>();
  readonly tickets = new Map<string, Ticket>();
  readonly customers = new Set<string>();
  /** Lines of the log, with the product that each is about. */
  log: { readonly productId: number; readonly line: string }[] = [];
  /** Codes that were replaced, with the products of their tickets. */
  readonly replaced = new Map<string, number>();
  /** How often a scan took the place of the one that was accepted. */
  displacements = 0;
  /** Outcomes of scans that were reported before and are nothing new. */
  readonly toldAgain = new Set<string>();
  #holdId = 0;
  readonly #answers = new Map<string, { readonly content: string; readonly outcome: string }>();

  /** The outcome of a request, with idempotency. `holdId` is the number of the hold that it makes, if it makes one. */
  request({ command, principal, idempotencyKey }: Request, nowMs: number, holdId = 0): string {
    this.#holdId = holdId;
    if (idempotencyKey === undefined) return this.act(command, principal, nowMs);
    const name = JSON.stringify([principal, idempotencyKey]);
    const content = JSON.stringify(command);
    const kept = this.#answers.get(name);
    if (kept !== undefined) return kept.content === content ? kept.outcome : "idempotency_key_reused";
    const outcome = this.act(command, principal, nowMs);
    if (!passing.has(outcome)) this.#answers.set(name, { content, outcome });
    return outcome;
  }

  act(command: Command, principal: Principal, nowMs: number): string {
    switch (command.verb) {
      case "create_product":
        return this.#create(command, nowMs);
      case "change_product":
        return this.#change(command, nowMs);
      case "retire_product":
        return this.#retire(command, nowMs);
      case "issue":
        return this.#issue(command, nowMs);
      case "redeem":
        return this.#redeem(command, principal, nowMs);
      case "revoke":
        return this.#revoke(command, nowMs);
      case "suspend":
      case "reinstate":
        return this.#suspend(command, nowMs);
      case "hold":
        return this.#hold(command, nowMs);
      case "release":
        return this.#release(command, nowMs);
      case "undo":
        return this.#undo(command, nowMs);
      case "extend":
        return this.#extend(command, nowMs);
      case "change_entitlement":
        return this.#changeTicket(command, nowMs);
      case "reissue":
        return this.#reissue(command, nowMs);
      case "transfer":
        return this.#transfer(command, nowMs);
      default:
        throw new Error(`the model does not know ${command.verb}`);
    }
  }

  /** How many tickets of an event are out, or have let somebody in. */
  issued(productId: number): number {
    return this.#placesOf(productId).length;
  }

  /** Its tickets that take places, of a category if one is named. */
  #placesOf(productId: number, category: string | null = null): Ticket[] {
    return this.#ticketsOf(productId).filter(
      (one) => (!one.revoked || this.redeemedAtMs(one) !== null) && (category === null || one.category === category),
    );
  }

  /** When the first use was made that counts. */
  redeemedAtMs(ticket: Ticket): number | null {
    return (ticket.rides === null ? keptScan(ticket) : honoured(ticket.rides)[0])?.atMs ?? null;
  }

  /** The conflicts of a ticket, in any order. */
  conflictsOf(ticket: Ticket): readonly string[] {
    const refused = (ticket.rides ?? []).filter(({ refusal }) => refusal !== null);
    const kept = (refusal: string | null) => (refusal === "already_redeemed" ? this.redeemedAtMs(ticket) : null);
    return [
      ...ticket.conflicts,
      ...refused.map(({ refusal, atMs }) => `kept ${kept(refusal) ?? "none"} lost ${atMs} ${refusal}`),
    ].sort();
  }

  /** Who is inside, by the ticket. */
  inside(productId: number): number {
    return this.#ticketsOf(productId).filter((one) => this.#isInside(one)).length;
  }

  #isInside({ productId, rides }: Ticket): boolean {
    return this.events.get(productId)?.reentry === "after_exit" && isInside(rides ?? []);
  }

  #ticketsOf(productId: number): Ticket[] {
    return [...this.tickets.values()].filter((ticket) => ticket.productId === productId);
  }

  #create({ id = 0, terms }: CommandOf<"create_product">, nowMs: number): string {
    const fault = faultOf(terms);
    if (fault !== undefined) return fault;
    if (this.events.has(id)) return "product_id_taken";
    const standard = newProduct({ id, kind: "event", name: terms.name, createdAtMs: nowMs });
    this.events.set(id, { ...standard, ...terms, holds: [], retired: false });
    this.#note(id, `product_created ${nowMs}`);
    return this.#describe(id);
  }

  #change({ productId, terms }: CommandOf<"change_product">, nowMs: number): string {
    const event = this.events.get(productId);
    if (event === undefined || event.retired) return "product_not_found";
    const changed = { ...event, ...terms };
    const fault = faultOf(changed);
    if (fault !== undefined) return fault;
    const isThere = (key: string | null) => key === null || changed.categories.some((one) => one.key === key);
    const held = this.#live(event, nowMs);
    if (![...this.#placesOf(productId), ...held].every(({ category }) => isThere(category))) return "category_in_use";
    const isFull = (key: string | null, capacity: number | null) =>
      capacity !== null && this.#taken(productId, key, held) > capacity;
    if (isFull(null, changed.capacity) || changed.categories.some(({ key, capacity }) => isFull(key, capacity))) {
      return "capacity_below_issued";
    }
    this.events.set(productId, changed);
    this.#note(productId, `product_changed ${nowMs}`);
    return this.#describe(productId);
  }

  #retire({ productId }: CommandOf<"retire_product">, nowMs: number): string {
    const event = this.events.get(productId);
    if (event === undefined || event.retired) return "product_not_found";
    if (this.#ticketsOf(productId).length === 0) {
      this.events.delete(productId);
      this.log = this.log.filter((line) => line.productId !== productId);
      return "ok deleted";
    }
    event.retired = true;
    this.#note(productId, `product_retired ${nowMs}`);
    return "ok kept";
  }

  /** The holds that keep places now. */
  #live({ holds }: Event, nowMs: number): Hold[] {
    return holds.filter(({ ended, endsAtMs }) => !ended && nowMs < endsAtMs);
  }

  /** How many places are taken, in all or of a category, with those of these holds. */
  #taken(productId: number, category: string | null, holds: readonly Hold[]): number {
    const held = holds.filter((one) => category === null || one.category === category);
    return held.reduce((sum, { places }) => sum + places, this.#placesOf(productId, category).length);
  }

  #isFull(event: Event, productId: number, category: string | null, more: number, holds: readonly Hold[]): boolean {
    const own = event.categories.find(({ key }) => key === category)?.capacity ?? null;
    return (
      (event.capacity !== null && this.#taken(productId, null, holds) + more > event.capacity) ||
      (own !== null && this.#taken(productId, category, holds) + more > own)
    );
  }

  #hold({ productId, what, durationMs = quarterMs }: CommandOf<"hold">, nowMs: number): string {
    const event = this.events.get(productId);
    if (event === undefined || !("places" in what)) return "product_not_found";
    const { places, category = null } = what;
    if (category !== null && !event.categories.some(({ key }) => key === category)) return "category_not_found";
    if (event.retired) return "product_retired";
    if (this.#isFull(event, productId, category, places, this.#live(event, nowMs))) return "capacity_reached";
    endLapsed(event, nowMs);
    const endsAtMs = nowMs + durationMs;
    event.holds.push({ id: this.#holdId, category, places, endsAtMs, ended: false });
    this.#note(productId, `product_held ${nowMs}`);
    return `ok ${places} of ${category} until ${endsAtMs}`;
  }

  #release({ productId, hold: id }: CommandOf<"release">, nowMs: number): string {
    const event = this.events.get(productId);
    if (event === undefined) return "product_not_found";
    const hold = event.holds.find((one) => one.id === id);
    if (hold === undefined) return "hold_not_found";
    if (!this.#live(event, nowMs).includes(hold)) return "hold_ended";
    hold.ended = true;
    this.#note(productId, `product_released ${nowMs}`);
    return `ok ${hold.places} of ${hold.category} until ${hold.endsAtMs}`;
  }

  #issue(command: CommandOf<"issue">, nowMs: number): string {
    const { productId, code, holder } = command;
    const event = this.events.get(productId);
    if (event === undefined) return "product_not_found";
    const hold = event.holds.find(({ id }) => id === command.hold);
    const category = command.category ?? hold?.category ?? null;
    if (category !== null && !event.categories.some(({ key }) => key === category)) return "category_not_found";
    const isOther = hold === undefined || (hold.category !== null && hold.category !== category);
    if (command.hold !== undefined && isOther) return "hold_not_found";
    if (typeof code !== "string" || this.#isTaken(code)) return "code_taken";
    if (event.retired) return "product_retired";
    const live = this.#live(event, nowMs);
    if (hold !== undefined && !live.includes(hold)) return "hold_ended";
    const ofOthers = live.filter((one) => one !== hold);
    if (this.#isFull(event, productId, category, 1, ofOthers)) return "capacity_reached";
    endLapsed(event, nowMs);
    if (hold !== undefined) hold.ended = true;
    const identity = holder === null ? null : this.#customer(holder);
    this.tickets.set(code, {
      productId,
      category,
      holder: identity,
      issuedAtMs: nowMs,
      scans: [],
      told: new Map(),
      conflicts: [],
      rides: null,
      usesMax: null,
      startsAtMs: null,
      expiresAtMs: null,
      reference: null,
      revoked: false,
      suspended: false,
    });
    this.#note(productId, `entitlement_issued ${code} ${nowMs}`);
    return `ok ${code} of ${productId} to ${identity}, ${this.issued(productId)} out`;
  }

  #isTaken(code: string): boolean {
    return this.tickets.has(code) || this.replaced.has(code);
  }

  #customer(name: string): string {
    const identity = name.trim().replace(/^.*@.*$/, (email) => email.toLowerCase());
    this.customers.add(identity);
    return identity;
  }

  /** The event and the ticket that a command names, or the reason why there is none. */
  #named({ productId, code }: { readonly productId: number; readonly code: string }) {
    const event = this.events.get(productId);
    if (event === undefined) return "product_not_found";
    const ticket = this.tickets.get(code);
    if (ticket?.productId === productId) return { event, ticket };
    return this.replaced.get(code) === productId ? "code_replaced" : "entitlement_not_found";
  }

  #redeem(command: CommandOf<"redeem">, principal: Principal, nowMs: number): string {
    const { productId, code, occurredAtMs, direction = "entry", count = 1, admits } = command;
    const atMs = occurredAtMs === undefined || occurredAtMs > nowMs ? nowMs : occurredAtMs;
    const line = `entitlement_redeemed ${code}`;
    const refuse = (refusal: string, unknown = "") => {
      this.#note(productId, `${line}${unknown} ${atMs} ${refusal}`);
      return refusal;
    };
    const found = this.#named(command);
    if (found === "product_not_found") return found;
    if (typeof found === "string") return refuse(found, " unknown");
    const { event, ticket } = found;
    if (count < 1) return refuse("quantity_invalid");
    if (direction === "exit" && event.reentry === "none") return refuse("direction_invalid");

    const by = JSON.stringify(principal);
    const ids = [idOf(principal, "access_key"), idOf(principal, "operator"), principal.gateId, null];
    const rank = JSON.stringify([direction, occurredAtMs ?? null, ...ids, count]);
    const ok = () => `ok ${code} of ${productId} redeemed ${this.redeemedAtMs(ticket)}`;
    const name = JSON.stringify([principal, secondOf(occurredAtMs ?? nowMs)]);
    const before = ticket.told.get(name) ?? [];
    const isReported = occurredAtMs !== undefined;
    const final = ["already_redeemed", "ok"].find((outcome) => before.includes(outcome));
    if (isReported && final !== undefined) {
      this.toldAgain.add(final);
      return final === "ok" ? ok() : final;
    }
    const isOnce =
      ticket.rides === null &&
      ticket.usesMax === null &&
      event.uses.max === 1 &&
      event.uses.per === "entitlement" &&
      event.reentry === "none";
    const apart = (when: number) => this.#refuseApart(event, ticket, { occurredAtMs, atMs: when, admits }, nowMs);
    if (!isOnce) {
      const rides = ridesOf(ticket);
      const ride = { by, rank, direction, count, reportedAtMs: occurredAtMs ?? null, refusal: null, undone: false };
      const number = rides.length + 1;
      if (!isReported) {
        const lateMs = Math.max(nowMs, latestMs(rides));
        const one = { ...ride, number, atMs: lateMs, answer: null };
        const { state, later } = apart(lateMs);
        const refusal = state ?? refuseRide(event, ticket.usesMax, honoured(rides), one) ?? later;
        if (refusal !== undefined) return refuse(refusal);
        ticket.rides = [...rides, one];
        this.#note(productId, `${line} ${atMs}`);
        return ok();
      }
      const { state, later } = apart(atMs);
      const fixed = state ?? later ?? null;
      const same = rides.find(
        (one) =>
          one.by === by &&
          one.direction === direction &&
          secondOf(one.reportedAtMs ?? one.atMs) === secondOf(occurredAtMs),
      );
      const mayNowCount = same?.refusal != null && isApart(same.refusal) && fixed === null;
      if (same !== undefined && !mayNowCount) {
        this.toldAgain.add(same.answer ?? "ok");
        return same.answer ?? ok();
      }
      const one = { ...(same ?? { ...ride, number, answer: null }), atMs, refusal: fixed };
      const others = rides.filter((other) => other !== same);
      const decided = fixed === null ? decideAgain(event, ticket.usesMax, others, one) : [...others, one];
      const answer = decided.find((other) => other.number === one.number)?.refusal ?? null;
      ticket.rides = decided.map((other) => (other.number === one.number ? { ...other, answer } : other));
      if (answer !== null) return refuse(answer);
      this.#note(productId, `${line} ${atMs}`);
      return ok();
    }

    const scan = { atMs, reportedAtMs: occurredAtMs ?? null, by, rank };
    const { outcome, takesPlace } = this.#scan(ticket, apart(atMs), scan, count);
    const isOk = outcome === "ok";
    if (isReported && before.includes(outcome)) {
      this.toldAgain.add(outcome);
      return outcome;
    }
    this.#note(productId, `${line} ${atMs}${isOk || takesPlace ? "" : ` ${outcome}`}`);
    if (isReported && !isOk && outcome !== "already_redeemed") {
      ticket.conflicts.push(`kept ${this.redeemedAtMs(ticket) ?? "none"} lost ${atMs} ${outcome}`);
    }
    // What was refused at the door, with the gate at the line, was told to nobody who would report it.
    const isKept = isReported || isOk || outcome === "already_redeemed";
    if (isKept) ticket.told.set(name, [...before, outcome]);
    return isOk ? ok() : outcome;
  }

  /** The reasons that do not depend on other uses: those that come before the uses, and the time, which comes after. */
  #refuseApart(
    event: Event,
    ticket: Ticket,
    {
      occurredAtMs,
      atMs,
      admits,
    }: { occurredAtMs: number | undefined; atMs: number; admits?: readonly string[] | undefined },
    nowMs: number,
  ): Apart {
    const madeAtMs = Math.max(event.createdAtMs, ticket.issuedAtMs);
    const isImpossible =
      occurredAtMs !== undefined && !(secondOf(madeAtMs) <= secondOf(occurredAtMs) && occurredAtMs <= nowMs + aheadMs);
    const startsAtMs = [event.startsAtMs, ticket.startsAtMs];
    const endsAtMs = [event.endsAtMs, ticket.expiresAtMs];
    const isEarly = (bound: number | null | undefined) => bound != null && atMs < bound;
    const isLate = (bound: number | null | undefined) => bound != null && secondOf(atMs) > Math.floor(bound / 1_000);
    const state = isImpossible
      ? "occurred_at_impossible"
      : event.retired
        ? "product_retired"
        : ticket.revoked
          ? "entitlement_revoked"
          : ticket.suspended
            ? "entitlement_suspended"
            : admits !== undefined && (ticket.category === null || !admits.includes(ticket.category))
              ? "category_elsewhere"
              : undefined;
    const inOrder = [0, 1].flatMap((of) => [
      ...(isEarly(startsAtMs[of]) ? ["not_yet_valid"] : []),
      ...(isLate(endsAtMs[of]) ? ["no_longer_valid"] : []),
    ]);
    return { state, later: inOrder[0] };
  }

  #scan(
    ticket: Ticket,
    { state, later }: Apart,
    scan: Omit<Scan, "inTime">,
    count: number,
  ): { outcome: string; takesPlace?: boolean } {
    if (state !== undefined) return { outcome: state };
    const before = this.redeemedAtMs(ticket);
    if (before !== null) {
      ticket.scans.push({ ...scan, inTime: later === undefined });
      const kept = this.redeemedAtMs(ticket) ?? 0;
      const takesPlace = kept !== before;
      if (takesPlace) this.displacements++;
      ticket.conflicts.push(`kept ${kept} lost ${takesPlace ? before : scan.atMs} already_redeemed`);
      return { outcome: "already_redeemed", takesPlace };
    }
    if (count > 1) return { outcome: "uses_short" };
    if (later !== undefined) return { outcome: later };
    ticket.scans.push({ ...scan, inTime: true });
    return { outcome: "ok" };
  }

  #undo(command: CommandOf<"undo">, nowMs: number): string {
    const found = this.#named(command);
    if (typeof found === "string") return found;
    const { event, ticket } = found;
    const rides = ridesOf(ticket);
    const counting = honoured(rides);
    const one =
      command.number === undefined ? counting.at(-1) : counting.find(({ number }) => number === command.number);
    if (one === undefined) return "use_not_found";
    if (!/\S/.test(command.reason)) return "text_invalid";
    if (event.retired) return "product_retired";
    if (ticket.revoked) return "entitlement_revoked";
    const others = rides.filter((other) => other !== one);
    ticket.rides = decideAgain(event, ticket.usesMax, others, { ...one, undone: true });
    this.#note(command.productId, `entitlement_use_undone ${command.code} ${nowMs}`);
    return `ok ${command.code} undone ${one.number}, first ${this.redeemedAtMs(ticket)}`;
  }

  #extend(command: CommandOf<"extend">, nowMs: number): string {
    const found = this.#named(command);
    if (typeof found === "string") return found;
    const { event, ticket } = found;
    const { startsAtMs = ticket.startsAtMs, expiresAtMs = ticket.expiresAtMs } = command;
    if (startsAtMs !== null && expiresAtMs !== null && startsAtMs > expiresAtMs) return "period_reversed";
    if (event.retired) return "product_retired";
    if (ticket.revoked) return "entitlement_revoked";
    const isChanged = startsAtMs !== ticket.startsAtMs || expiresAtMs !== ticket.expiresAtMs;
    if (isChanged) this.#note(command.productId, `entitlement_extended ${command.code} ${nowMs}`);
    Object.assign(ticket, { startsAtMs, expiresAtMs });
    return `ok ${command.code} from ${startsAtMs} to ${expiresAtMs}`;
  }

  #changeTicket(command: CommandOf<"change_entitlement">, nowMs: number): string {
    const found = this.#named(command);
    if (typeof found === "string") return found;
    const { ticket } = found;
    const { usesMax = ticket.usesMax, reference = ticket.reference } = command;
    if (usesMax !== null && usesMax < 1) return "uses_invalid";
    const isChanged = usesMax !== ticket.usesMax || reference !== ticket.reference;
    if (isChanged) this.#note(command.productId, `entitlement_changed ${command.code} ${nowMs}`);
    Object.assign(ticket, { usesMax, reference });
    return `ok ${command.code} for ${usesMax}, ${reference}`;
  }

  #reissue(command: CommandOf<"reissue">, nowMs: number): string {
    const found = this.#named(command);
    if (typeof found === "string") return found;
    const { event, ticket } = found;
    const { productId, code, newCode } = command;
    const fault = this.#faultOfNew(newCode);
    if (fault !== undefined) return fault;
    if (event.retired) return "product_retired";
    if (ticket.revoked) return "entitlement_revoked";
    this.#replace(code, `${newCode}`, nowMs);
    return `ok ${newCode} of ${productId} to ${ticket.holder}`;
  }

  #transfer(command: CommandOf<"transfer">, nowMs: number): string {
    const found = this.#named(command);
    if (typeof found === "string") return found;
    const { event, ticket } = found;
    const { productId, code, holder, newCode } = command;
    if (!/\S/.test(holder)) return "name_invalid";
    const fault = newCode === undefined ? undefined : this.#faultOfNew(newCode);
    if (fault !== undefined) return fault;
    if (event.retired) return "product_retired";
    if (ticket.revoked) return "entitlement_revoked";
    if (ticket.suspended) return "entitlement_suspended";
    const max = ticket.usesMax ?? event.uses.max;
    if (this.#isInside(ticket)) return "already_inside";
    if (event.uses.per === "entitlement" && max !== null && entriesOf(honoured(ridesOf(ticket))) >= max) {
      return "already_redeemed";
    }
    const identity = this.#customer(holder);
    const now = `${newCode ?? code}`;
    if (identity !== ticket.holder) this.#note(productId, `entitlement_transferred ${now} ${nowMs}`);
    ticket.holder = identity;
    if (newCode !== undefined) this.#replace(code, now, nowMs);
    return `ok ${now} of ${productId} to ${identity}`;
  }

  #faultOfNew(code: unknown): string | undefined {
    if (typeof code !== "string" || code.trim() === "") return "code_invalid";
    return this.#isTaken(code) ? "code_taken" : undefined;
  }

  #replace(code: string, newCode: string, nowMs: number): void {
    const ticket = this.tickets.get(code);
    if (ticket === undefined) throw new Error(`there is no ticket ${code}`);
    this.tickets.delete(code);
    this.tickets.set(newCode, ticket);
    this.replaced.set(code, ticket.productId);
    this.#note(ticket.productId, `entitlement_reissued ${newCode} ${nowMs}`);
  }

  #revoke(command: CommandOf<"revoke">, nowMs: number): string {
    const found = this.#named(command);
    if (typeof found === "string") return found;
    const { productId, code } = command;
    if (!found.ticket.revoked) {
      found.ticket.revoked = true;
      this.#note(productId, `entitlement_revoked ${code} ${nowMs}`);
    }
    return `ok ${code} of ${productId} revoked, ${this.issued(productId)} out`;
  }

  #suspend(command: CommandOf<"suspend" | "reinstate">, nowMs: number): string {
    const found = this.#named(command);
    if (typeof found === "string") return found;
    const { ticket } = found;
    const { verb, productId, code } = command;
    if (ticket.revoked) return "entitlement_revoked";
    const suspended = verb === "suspend";
    if (ticket.suspended !== suspended) {
      this.#note(productId, `entitlement_${suspended ? "suspended" : "reinstated"} ${code} ${nowMs}`);
    }
    ticket.suspended = suspended;
    return `ok ${code} of ${productId} ${suspended ? "suspended" : "in force"}`;
  }

  #note(productId: number, line: string): void {
    this.log.push({ productId, line });
  }

  #describe(productId: number): string {
    const event = this.events.get(productId);
    return `ok ${describeTerms(event)}, ${this.issued(productId)} out`;
  }
}

interface Apart {
  readonly state: string | undefined;
  readonly later: string | undefined;
}

/** Ends the holds that are seen to have lapsed: a clock that is set back does not bring them back. */
function endLapsed({ holds }: Event, nowMs: number): void {
  for (const hold of holds) hold.ended ||= nowMs >= hold.endsAtMs;
}

/** Of a ticket that is honoured once: of the first scan and those in the event's time, the earliest to the second. */
function keptScan({ scans }: Ticket): Scan | undefined {
  const counting = scans.filter(({ inTime }, index) => index === 0 || inTime);
  const earliest = Math.min(...counting.map(({ atMs }) => secondOf(atMs)));
  return counting.find(({ atMs }) => secondOf(atMs) === earliest);
}

/** The uses of a ticket; of one that is honoured once, the one that it has. */
function ridesOf(ticket: Ticket): Rides {
  if (ticket.rides !== null) return ticket.rides;
  const kept = keptScan(ticket);
  const first = { number: 1, direction: "entry", count: 1, refusal: null, answer: null, undone: false } as const;
  return kept === undefined ? [] : [{ ...first, ...kept }];
}

/** Reasons that do not depend on other uses. */
const isApart = (refusal: string) =>
  [
    "occurred_at_impossible",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "category_elsewhere",
    "not_yet_valid",
    "no_longer_valid",
  ].includes(refusal);

/** The terms of an event in one order, with each access key once. */
export function describeTerms(terms: ProductTerms | undefined): string {
  if (terms === undefined) return "none";
  const { name, description, startsAtMs, endsAtMs, capacity, accessKeys, uses, categories = [] } = terms;
  const limits = [
    uses?.max ?? null,
    uses?.per ?? null,
    ...categories.map(({ key, capacity: places }) => [key, places]),
  ];
  return JSON.stringify([name, description, startsAtMs, endsAtMs, capacity, limits, [...new Set(accessKeys)]]);
}

/** Refusals that may be followed by a success of the same request; they are not repeated. */
const passing = new Set([
  "product_not_found",
  "entitlement_not_found",
  "category_not_found",
  "hold_not_found",
  "use_not_found",
  "direction_invalid",
  "occurred_at_impossible",
  // A retired product may be restored.
  "product_retired",
  "entitlement_suspended",
  "category_elsewhere",
  "category_in_use",
  "already_redeemed_today",
  "uses_short",
  "already_inside",
  "not_inside",
  "capacity_below_issued",
  "capacity_reached",
  "not_yet_valid",
  "no_longer_valid",
]);

function faultOf({ name, startsAtMs, endsAtMs, accessKeys, uses }: ProductTerms): string | undefined {
  if (!/\S/.test(name)) return "name_invalid";
  if (startsAtMs !== null && endsAtMs !== null && startsAtMs > endsAtMs) return "period_reversed";
  if (!accessKeys.every((key) => /^[A-Z0-9]+$/i.test(key))) return "access_key_invalid";
  return uses?.max === 0 ? "uses_invalid" : undefined;
}
