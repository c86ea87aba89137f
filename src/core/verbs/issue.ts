import { type CommandOf, isPattern } from "../command.ts";
import { type Customer, customerIdentity, customerNameLengthMax } from "../customer.ts";
import type { Entitlement } from "../entitlement.ts";
import { secondStart } from "../second.ts";
import type { Change, Circumstances, State } from "../state.ts";
import { accept, namedProduct, type Rule, refuse, take } from "./rule.ts";

/** Entitlements that one command may issue. */
export const issueQuantityMax = 100;

/**
 * Issues one entitlement or several, all or none. Refused with `product_not_found`, `name_invalid` (the holder's),
 * `period_reversed`, `quantity_invalid`, `code_taken`, `product_retired` or `capacity_reached`.
 */
export const issue: Rule<"issue"> = {
  needs: (command, codes) => ({
    products: [command.productId],
    codes: chosenCodes(command) ?? codes,
    customers: command.holder === null ? [] : [customerIdentity(command.holder)],
    fresh: { entitlements: quantityOf(command) ?? 0, customers: command.holder === null ? 0 : 1 },
  }),

  decide(state, command, { nowMs, fresh }) {
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
    const candidates = new Set(chosenCodes(command) ?? fresh.codes);
    const codes = [...candidates].filter((code) => state.entitlement(code) === undefined).slice(0, quantity);
    const [first, ...others] = codes;
    if (first === undefined || codes.length < quantity) return refuse("code_taken");
    if (before.retiredAtMs !== null) return refuse("product_retired");
    if (before.capacity !== null && before.issued + quantity > before.capacity) return refuse("capacity_reached");

    const { issuedAtMs = nowMs, expiresAtMs = null } = command;
    const { customer, changes } = holderOf(state, command, fresh);
    const product = { ...before, issued: before.issued + quantity, everIssued: true };
    const issued = (code: string, index: number): Entitlement => ({
      id: take(fresh.entitlements.slice(index)),
      productId: product.id,
      code,
      customer,
      inStock: false,
      issuedAtMs,
      expiresAtMs,
      redemption: null,
      revokedAtMs: null,
    });
    const value = { product, entitlement: issued(first, 0), others: others.map((code, at) => issued(code, at + 1)) };
    const all = [value.entitlement, ...value.others];
    return accept<"issue">(
      value,
      [
        ...changes,
        { change: "put_product", product },
        ...all.map((entitlement): Change => ({ change: "put_entitlement", entitlement })),
        ...mailOf(command, all),
      ],
      all.map(({ id, code }) => ({
        kind: "entitlement_issued",
        productId: product.id,
        entitlementId: id,
        code,
        occurredAtMs: nowMs,
        refusal: null,
      })),
    );
  },
};

/** The mail to the holder, if the command wants one and there is a holder. */
function mailOf({ holder, mailsHolder = false }: CommandOf<"issue">, all: readonly Entitlement[]): readonly Change[] {
  if (!mailsHolder || holder === null) return [];
  return [
    { change: "queue_job", job: { task: "mail_licenses", subject: { entitlementIds: all.map(({ id }) => id) } } },
  ];
}

/** The codes that the caller chose; `undefined` when they are drawn. */
function chosenCodes({ code }: CommandOf<"issue">): readonly string[] | undefined {
  if (isPattern(code)) return undefined;
  return typeof code === "string" ? [code] : code;
}

/** How many the command asks for; `undefined` for what is no number that can be issued at once. */
function quantityOf(command: CommandOf<"issue">): number | undefined {
  const { quantity = chosenCodes(command)?.length ?? 1 } = command;
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= issueQuantityMax ? quantity : undefined;
}

/** The customer who will hold what is issued, and what changes of the customers by that. */
function holderOf(
  state: State,
  { holder, holderName }: CommandOf<"issue">,
  fresh: Circumstances["fresh"],
): { customer: Customer | null; changes: readonly Change[] } {
  if (holder === null) return { customer: null, changes: [] };
  const displayName = holderName?.trim() ?? "";
  const known = state.customer(customerIdentity(holder));
  if (known !== undefined && (displayName === "" || displayName === known.displayName)) {
    return { customer: known, changes: [] };
  }
  const customer =
    known === undefined
      ? { id: take(fresh.customers), name: holder.trim(), ownerId: null, displayName }
      : { ...known, displayName };
  return { customer, changes: [{ change: "put_customer", customer }] };
}
