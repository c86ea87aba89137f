import { categoryIn, withIssued } from "../category.ts";
import { type Customer, customerIdentity, customerNameLengthMax, customers } from "../customer.ts";
import {
  type Entitlement,
  entitlements,
  isCode,
  isTaken,
  newEntitlement,
  type ProductEntitlement,
  replacedCodes,
} from "../entitlement.ts";
import { endLapsed, type Hold, hasRoom, holds, holdsOf, isLive } from "../hold.ts";
import { jobs } from "../job.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { isAttention, isMetadata, isReference, keptMetadata, type Metadata } from "../metadata.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { secondStart } from "../second.ts";
import { type Effect, put, type State } from "../state.ts";
import { isUseLimit } from "../use.ts";
import { accept, type Context, type Random, refuse, verb } from "../verb.ts";
import { areOwnSlots } from "./change-entitlement.ts";

/** Entitlements that one command may issue. */
export const issueQuantityMax = 100;

/**
 * Spare random codes for a command. One of its codes is taken about once in 10^12 draws; two never are.
 */
export const spareCodes = 1;

interface Issue extends ProductNamed {
  /** The customer who will hold it; `null` for nobody in particular. */
  readonly holder: string | null;
  /** The name by which the holder is addressed. It replaces an earlier one, unless it is empty. */
  readonly holderName?: string;
  /** Whether the holder is mailed the entitlements. */
  readonly mailsHolder?: boolean;
  /** The mail task. When absent it is the oldest one: stored hashes of older commands have no task. */
  readonly mailTask?: string;
  /** A chosen code, several chosen codes for as many entitlements, or the pattern of random codes. */
  readonly code: string | readonly string[] | CodePattern;
  /** The number of entitlements. When absent it is one, or the number of chosen codes. */
  readonly quantity?: number;
  /** When it was sold, for an entitlement that comes from another server; now when absent. */
  readonly issuedAtMs?: number;
  /** The first moment at which it is honoured; no bound of its own when absent. */
  readonly startsAtMs?: number;
  /** The last second in which it is honoured; no bound of its own when absent. */
  readonly expiresAtMs?: number;
  /** The key of a category of the product. When absent it is that of the hold, or there is none. */
  readonly category?: string;
  /** How often each is honoured; as often as the product says when absent. */
  readonly usesMax?: number;
  /** How many devices may hold each at once; as many as the product says when absent. */
  readonly slots?: number;
  /** The number of a hold whose places they take. A hold of more places is ended all the same. */
  readonly hold?: number;
  readonly reference?: string;
  readonly attention?: string;
  readonly metadata?: Metadata;
}

/** The pattern of random codes: a number of digits, or the name of a code format. */
export type CodePattern = { readonly randomDigits: number } | { readonly random: string };

/** The first entitlement, and the others of the same command. */
export interface Issued extends ProductEntitlement {
  readonly others: readonly Entitlement[];
}

/**
 * Issues one entitlement or several, all or none. `name_invalid` is about the holder's name. A hold of another product
 * or category counts as not found. `quantity_invalid`: also for more than the hold keeps.
 */
export const issue = verb<Issue, Issued>()({
  name: "issue",
  permission: "manage_entitlements",
  refusals: [
    "product_not_found",
    "category_not_found",
    "hold_not_found",
    "name_invalid",
    "period_reversed",
    "quantity_invalid",
    "code_invalid",
    "uses_invalid",
    "text_invalid",
    "code_taken",
    "slots_invalid",
    "product_retired",
    "product_closed",
    "hold_ended",
    "capacity_reached",
  ],
  logs: ["entitlement_issued"],

  draw(command, random) {
    const { code, quantity = 1 } = command;
    if (!isPattern(code)) return [];
    // Larger quantities are refused before any code is looked at.
    const length = Math.min(Math.max(quantity, 0), issueQuantityMax) + spareCodes;
    return Array.from({ length }, () => drawCode(code, random));
  },

  needs(command, drawn) {
    const { productId, holder, hold } = command;
    const codes = chosenCodes(command) ?? drawn;
    return {
      lock: [
        products.at(productId),
        holdsOf.at(productId),
        ...(hold === undefined ? [] : [holds.at(hold)]),
        entitlements.at(...codes),
      ],
      read: [replacedCodes.at(...codes), ...(holder === null ? [] : [customers.at(customerIdentity(holder))])],
      fresh: [
        [entitlements, quantityOf(command) ?? 0],
        [customers, holder === null ? 0 : 1],
      ],
    };
  },

  decide(state, command, { nowMs, drawn, fresh }) {
    const before = namedProduct(state, command);
    if (before === undefined) return refuse("product_not_found");
    const hold = command.hold === undefined ? undefined : holdOf(state, before, command.hold);
    const category = command.category ?? hold?.category ?? null;
    if (category !== null && categoryIn(before.categories, category) === undefined) return refuse("category_not_found");
    if (command.hold !== undefined && !mayTake(hold, category)) return refuse("hold_not_found");
    const { holder, holderName = "" } = command;
    if ((holder ?? "").length > customerNameLengthMax || holderName.length > customerNameLengthMax) {
      return refuse("name_invalid");
    }
    const issuedSecondMs = secondStart(command.issuedAtMs ?? nowMs);
    const { startsAtMs = null, expiresAtMs = null } = command;
    if (expiresAtMs !== null && expiresAtMs < Math.max(issuedSecondMs, startsAtMs ?? issuedSecondMs)) {
      return refuse("period_reversed");
    }
    const quantity = quantityOf(command);
    if (quantity === undefined || (hold !== undefined && quantity > hold.quantity)) return refuse("quantity_invalid");
    const chosen = chosenCodes(command);
    if (chosen?.every(isCode) === false) return refuse("code_invalid");
    const { usesMax = null, slots = null, reference = null, attention = null, metadata = null } = command;
    if (usesMax !== null && !isUseLimit({ max: usesMax, per: "entitlement" })) return refuse("uses_invalid");
    const textsFit =
      (reference === null || isReference(reference)) &&
      (attention === null || isAttention(attention)) &&
      (metadata === null || isMetadata(metadata));
    if (!textsFit) return refuse("text_invalid");
    if (!areOwnSlots(slots)) return refuse("slots_invalid");
    const candidates = new Set(chosen ?? drawn);
    const codes = [...candidates].filter((code) => !isTaken(state, code)).slice(0, quantity);
    const [first, ...others] = codes;
    if (first === undefined || codes.length < quantity) return refuse("code_taken");
    if (before.retiredAtMs !== null) return refuse("product_retired");
    // What is held was promised before the product was closed.
    if (before.closed !== null && hold === undefined) return refuse("product_closed");
    if (hold !== undefined && !isLive(hold, nowMs)) return refuse("hold_ended");
    const known = state.find(holdsOf, before.id);
    const keptForOthers = known.filter((one) => isLive(one, nowMs) && one.id !== hold?.id);
    if (!hasRoom(before, category, quantity, keptForOthers)) return refuse("capacity_reached");

    const { issuedAtMs = nowMs } = command;
    const { customer, effects } = holderOf(state, command, fresh);
    const product: Product = {
      ...before,
      issued: before.issued + quantity,
      categories: withIssued(before.categories, category, quantity),
      everIssued: true,
    };
    const own = {
      category,
      startsAtMs,
      expiresAtMs,
      usesMax,
      slots,
      reference,
      attention,
      metadata: keptMetadata(metadata),
    };
    const terms = { productId: product.id, customer, inStock: false, issuedAtMs, ...own };
    const issued = (code: string) => newEntitlement({ id: fresh(entitlements), code, ...terms });
    const value = { product, entitlement: issued(first), others: others.map(issued) };
    const all = [value.entitlement, ...value.others];
    return accept(
      value,
      [
        ...effects,
        put(products, product),
        ...endLapsed(known, nowMs),
        ...(hold === undefined ? [] : [put(holds, { ...hold, endedAtMs: nowMs, isConfirmed: true })]),
        ...all.map((entitlement) => put(entitlements, entitlement)),
        ...mailOf(command, all),
      ],
      all.map((entitlement) => aboutEntitlement("entitlement_issued", entitlement, nowMs)),
    );
  },
});

/** The hold with this number, if it keeps places of this product. */
function holdOf(state: State, { id, stock }: Product, holdId: number): Hold | undefined {
  const hold = state.get(holds, holdId);
  return hold?.productId === id && stock === null ? hold : undefined;
}

/** Whether places of this category, or of none, may be taken from a hold. */
function mayTake(hold: Hold | undefined, category: string | null): boolean {
  return hold !== undefined && (hold.category === null || hold.category === category);
}

/** The job that mails the holder, if the command asks for it and there is a holder. */
function mailOf(command: Issue, all: readonly Entitlement[]): readonly Effect[] {
  const { holder, mailsHolder = false, mailTask = "mail_licenses" } = command;
  if (!mailsHolder || holder === null) return [];
  return [put(jobs, { task: mailTask, subject: { entitlementIds: all.map(({ id }) => id) } })];
}

/** A random code of this pattern. */
export function drawCode(pattern: CodePattern, random: Random): string {
  if ("random" in pattern) return random.code(pattern.random);
  // The first digit is not zero, so that the code keeps its length as a number.
  const { randomDigits } = pattern;
  return random.firstDigit() + random.digits(randomDigits - 1);
}

/** Whether the codes are random. Otherwise the caller chose them. */
export function isPattern(code: Issue["code"]): code is CodePattern {
  return typeof code === "object" && !Array.isArray(code);
}

/** The chosen codes; `undefined` when they are random. */
function chosenCodes({ code }: Issue): readonly string[] | undefined {
  if (isPattern(code)) return undefined;
  return typeof code === "string" ? [code] : code;
}

/** The number of entitlements; `undefined` if one command cannot issue that many. */
function quantityOf(command: Issue): number | undefined {
  const { quantity = chosenCodes(command)?.length ?? 1 } = command;
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= issueQuantityMax ? quantity : undefined;
}

/** The customer who will hold the entitlements, with the effects that add or change it. */
export function holderOf(
  state: State,
  { holder, holderName }: Pick<Issue, "holder" | "holderName">,
  fresh: Context["fresh"],
): { customer: Customer | null; effects: readonly Effect[] } {
  if (holder === null) return { customer: null, effects: [] };
  const displayName = holderName?.trim() ?? "";
  const known = state.get(customers, customerIdentity(holder));
  if (known !== undefined && (displayName === "" || displayName === known.displayName)) {
    return { customer: known, effects: [] };
  }
  const customer =
    known === undefined
      ? { id: fresh(customers), name: holder.trim(), ownerId: null, displayName }
      : { ...known, displayName };
  return { customer, effects: [put(customers, customer)] };
}
