import type { Command, CommandOf } from "../../src/core/command.ts";
import type { Principal } from "../../src/core/principal.ts";
import type { ProductTerms } from "../../src/core/product.ts";
import type { Request } from "./history.ts";

interface Event extends ProductTerms {
  readonly createdAtMs: number;
  retired: boolean;
}

interface Ticket {
  readonly productId: number;
  readonly holder: string | null;
  readonly issuedAtMs: number;
  /** The scan that was accepted, then those that came after it, as they were reported. */
  readonly scans: Scan[];
  /** Every scan that was answered, by gate and second, with the outcomes that it had. */
  readonly told: Map<string, string[]>;
  revoked: boolean;
  suspended: boolean;
}

interface Scan {
  readonly atMs: number;
  readonly inTime: boolean;
}

const aheadMs = 2 * 60_000;

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
  readonly conflicts: string[] = [];
  /** How often a scan took the place of the one that was accepted. */
  displacements = 0;
  /** Outcomes of scans that were reported before and are nothing new. */
  readonly toldAgain = new Set<string>();
  readonly #answers = new Map<string, { readonly content: string; readonly outcome: string }>();

  /** The outcome of a request, with idempotency. */
  request({ command, principal, idempotencyKey }: Request, nowMs: number): string {
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
      default:
        throw new Error(`the model does not know ${command.verb}`);
    }
  }

  /** How many tickets of an event are out, or have let somebody in. */
  issued(productId: number): number {
    return this.#ticketsOf(productId).filter(({ revoked, scans }) => !revoked || scans.length > 0).length;
  }

  /** When the scan was made that counts: of the first and those in the event's time, the earliest to the second. */
  redeemedAtMs({ scans }: Ticket): number | null {
    const counting = scans.filter(({ inTime }, index) => index === 0 || inTime).map(({ atMs }) => atMs);
    const earliest = Math.min(...counting.map(secondOf));
    return counting.find((atMs) => secondOf(atMs) === earliest) ?? null;
  }

  #ticketsOf(productId: number): Ticket[] {
    return [...this.tickets.values()].filter((ticket) => ticket.productId === productId);
  }

  #create({ id = 0, terms }: CommandOf<"create_product">, nowMs: number): string {
    const fault = faultOf(terms);
    if (fault !== undefined) return fault;
    if (this.events.has(id)) return "product_id_taken";
    this.events.set(id, { ...terms, createdAtMs: nowMs, retired: false });
    this.#note(id, `product_created ${nowMs}`);
    return this.#describe(id);
  }

  #change({ productId, terms }: CommandOf<"change_product">, nowMs: number): string {
    const event = this.events.get(productId);
    if (event === undefined || event.retired) return "product_not_found";
    const changed = { ...event, ...terms };
    const fault = faultOf(changed);
    if (fault !== undefined) return fault;
    if (changed.capacity !== null && this.issued(productId) > changed.capacity) return "capacity_below_issued";
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

  #issue({ productId, code, holder }: CommandOf<"issue">, nowMs: number): string {
    const event = this.events.get(productId);
    if (event === undefined) return "product_not_found";
    if (typeof code !== "string" || this.tickets.has(code)) return "code_taken";
    if (event.retired) return "product_retired";
    if (event.capacity !== null && this.issued(productId) + 1 > event.capacity) return "capacity_reached";
    const identity = holder?.trim().replace(/^.*@.*$/, (email) => email.toLowerCase()) ?? null;
    if (identity !== null) this.customers.add(identity);
    this.tickets.set(code, {
      productId,
      holder: identity,
      issuedAtMs: nowMs,
      scans: [],
      told: new Map(),
      revoked: false,
      suspended: false,
    });
    this.#note(productId, `entitlement_issued ${code} ${nowMs}`);
    return `ok ${code} of ${productId} to ${identity}, ${this.issued(productId)} out`;
  }

  #redeem({ productId, code, occurredAtMs }: CommandOf<"redeem">, principal: Principal, nowMs: number): string {
    const event = this.events.get(productId);
    if (event === undefined) return "product_not_found";
    const atMs = occurredAtMs === undefined || occurredAtMs > nowMs ? nowMs : occurredAtMs;
    const ticket = this.tickets.get(code);
    const line = `entitlement_redeemed ${code}`;
    if (ticket?.productId !== productId) {
      this.#note(productId, `${line} unknown ${atMs} entitlement_not_found`);
      return "entitlement_not_found";
    }
    const name = JSON.stringify([principal, secondOf(occurredAtMs ?? nowMs)]);
    const before = ticket.told.get(name) ?? [];
    const isReported = occurredAtMs !== undefined;
    const final = ["already_redeemed", "ok"].find((outcome) => before.includes(outcome));
    if (isReported && final !== undefined) {
      this.toldAgain.add(final);
      return final === "ok" ? `ok ${code} of ${productId} redeemed ${this.redeemedAtMs(ticket)}` : final;
    }
    const { outcome, takesPlace } = this.#scan(event, code, ticket, occurredAtMs, atMs, nowMs);
    const isOk = outcome.startsWith("ok");
    if (isReported && before.includes(outcome)) {
      this.toldAgain.add(outcome);
      return outcome;
    }
    this.#note(productId, `${line} ${atMs}${isOk || takesPlace ? "" : ` ${outcome}`}`);
    if (isReported && !isOk && outcome !== "already_redeemed") {
      this.conflicts.push(`${code} kept ${this.redeemedAtMs(ticket) ?? "none"} lost ${atMs} ${outcome}`);
    }
    // What was refused at the door, with the gate at the line, was told to nobody who would report it.
    const isKept = isReported || isOk || outcome === "already_redeemed";
    if (isKept) ticket.told.set(name, [...before, isOk ? "ok" : outcome]);
    return outcome;
  }

  #scan(
    event: Event,
    code: string,
    ticket: Ticket,
    occurredAtMs: number | undefined,
    atMs: number,
    nowMs: number,
  ): { outcome: string; takesPlace?: boolean } {
    const madeAtMs = Math.max(event.createdAtMs, ticket.issuedAtMs);
    if (
      occurredAtMs !== undefined &&
      !(secondOf(madeAtMs) <= secondOf(occurredAtMs) && occurredAtMs <= nowMs + aheadMs)
    ) {
      return { outcome: "occurred_at_impossible" };
    }
    if (event.retired) return { outcome: "product_retired" };
    if (ticket.revoked) return { outcome: "entitlement_revoked" };
    if (ticket.suspended) return { outcome: "entitlement_suspended" };
    const early = event.startsAtMs !== null && atMs < event.startsAtMs;
    const late = event.endsAtMs !== null && secondOf(atMs) > secondOf(event.endsAtMs);
    const before = this.redeemedAtMs(ticket);
    if (before !== null) {
      ticket.scans.push({ atMs, inTime: !early && !late });
      const kept = this.redeemedAtMs(ticket) ?? 0;
      const takesPlace = kept !== before;
      if (takesPlace) this.displacements++;
      this.conflicts.push(`${code} kept ${kept} lost ${takesPlace ? before : atMs} already_redeemed`);
      return { outcome: "already_redeemed", takesPlace };
    }
    if (early) return { outcome: "not_yet_valid" };
    if (late) return { outcome: "no_longer_valid" };
    ticket.scans.push({ atMs, inTime: true });
    return { outcome: `ok ${code} of ${ticket.productId} redeemed ${atMs}` };
  }

  #revoke({ productId, code }: CommandOf<"revoke">, nowMs: number): string {
    if (!this.events.has(productId)) return "product_not_found";
    const ticket = this.tickets.get(code);
    if (ticket?.productId !== productId) return "entitlement_not_found";
    if (!ticket.revoked) {
      ticket.revoked = true;
      this.#note(productId, `entitlement_revoked ${code} ${nowMs}`);
    }
    return `ok ${code} of ${productId} revoked, ${this.issued(productId)} out`;
  }

  #suspend({ verb, productId, code }: CommandOf<"suspend" | "reinstate">, nowMs: number): string {
    if (!this.events.has(productId)) return "product_not_found";
    const ticket = this.tickets.get(code);
    if (ticket?.productId !== productId) return "entitlement_not_found";
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

/** Scanners report whole seconds, so of two times in one second neither is the earlier. */
function secondOf(atMs: number): number {
  return Math.floor(atMs / 1_000);
}

/** The terms of an event in one order, with each access key once. */
export function describeTerms(terms: ProductTerms | undefined): string {
  if (terms === undefined) return "none";
  const { name, description, startsAtMs, endsAtMs, capacity, accessKeys } = terms;
  return JSON.stringify([name, description, startsAtMs, endsAtMs, capacity, [...new Set(accessKeys)]]);
}

/** Refusals that may be followed by a success of the same request; they are not repeated. */
const passing = new Set([
  "product_not_found",
  "entitlement_not_found",
  "occurred_at_impossible",
  "entitlement_suspended",
  "capacity_below_issued",
  "capacity_reached",
  "not_yet_valid",
  "no_longer_valid",
]);

function faultOf({ name, startsAtMs, endsAtMs, accessKeys }: ProductTerms): string | undefined {
  if (!/\S/.test(name)) return "name_invalid";
  if (startsAtMs !== null && endsAtMs !== null && startsAtMs > endsAtMs) return "period_reversed";
  return accessKeys.every((key) => /^[A-Z0-9]+$/i.test(key)) ? undefined : "access_key_invalid";
}
