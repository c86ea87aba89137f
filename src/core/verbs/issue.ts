import { type Customer, customerIdentity, customerNameLengthMax, customers } from "../customer.ts";
import { type Entitlement, entitlements, newEntitlement, type ProductEntitlement } from "../entitlement.ts";
import { jobs } from "../job.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { namedProduct, type ProductNamed, products } from "../product.ts";
import { secondStart } from "../second.ts";
import { type Effect, put, type State } from "../state.ts";
import { accept, type Context, type Random, refuse, verb } from "../verb.ts";

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
  /** The last second in which it is honoured; no bound of its own when absent. */
  readonly expiresAtMs?: number;
}

/** The pattern of random codes: a number of digits, or the name of a code format. */
export type CodePattern = { readonly randomDigits: number } | { readonly random: string };

/** The first entitlement, and the others of the same command. */
export interface Issued extends ProductEntitlement {
  readonly others: readonly Entitlement[];
}

/** Issues one entitlement or several, all or none. `name_invalid` is about the holder's name. */
export const issue = verb<Issue, Issued>()({
  name: "issue",
  permission: "manage_entitlements",
  refusals: [
    "product_not_found",
    "name_invalid",
    "period_reversed",
    "quantity_invalid",
    "code_taken",
    "product_retired",
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

  needs: (command, drawn) => ({
    lock: [products.at(command.productId), entitlements.at(...(chosenCodes(command) ?? drawn))],
    read: command.holder === null ? [] : [customers.at(customerIdentity(command.holder))],
    fresh: [
      [entitlements, quantityOf(command) ?? 0],
      [customers, command.holder === null ? 0 : 1],
    ],
  }),

  decide(state, command, { nowMs, drawn, fresh }) {
    const before = namedProduct(state, command);
    if (before === undefined) return refuse("product_not_found");
    const { holder, holderName = "" } = command;
    if ((holder ?? "").length > customerNameLengthMax || holderName.length > customerNameLengthMax) {
      return refuse("name_invalid");
    }
    const issuedSecondMs = secondStart(command.issuedAtMs ?? nowMs);
    if (command.expiresAtMs !== undefined && command.expiresAtMs < issuedSecondMs) return refuse("period_reversed");
    const quantity = quantityOf(command);
    if (quantity === undefined) return refuse("quantity_invalid");
    const candidates = new Set(chosenCodes(command) ?? drawn);
    const codes = [...candidates].filter((code) => state.get(entitlements, code) === undefined).slice(0, quantity);
    const [first, ...others] = codes;
    if (first === undefined || codes.length < quantity) return refuse("code_taken");
    if (before.retiredAtMs !== null) return refuse("product_retired");
    if (before.capacity !== null && before.issued + quantity > before.capacity) return refuse("capacity_reached");

    const { issuedAtMs = nowMs, expiresAtMs = null } = command;
    const { customer, effects } = holderOf(state, command, fresh);
    const product = { ...before, issued: before.issued + quantity, everIssued: true };
    const terms = { productId: product.id, customer, inStock: false, issuedAtMs, expiresAtMs };
    const issued = (code: string) => newEntitlement({ id: fresh(entitlements), code, ...terms });
    const value = { product, entitlement: issued(first), others: others.map(issued) };
    const all = [value.entitlement, ...value.others];
    return accept(
      value,
      [
        ...effects,
        put(products, product),
        ...all.map((entitlement) => put(entitlements, entitlement)),
        ...mailOf(command, all),
      ],
      all.map((entitlement) => aboutEntitlement("entitlement_issued", entitlement, nowMs)),
    );
  },
});

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
