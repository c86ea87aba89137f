import { type Card, secretsMax } from "../card.ts";
import type { Entitlement } from "../entitlement.ts";
import { numberDigitsMax } from "../product.ts";
import type { Change } from "../state.ts";
import { accept, type Rule, refuse } from "./rule.ts";

/** Cards that one command makes at most; whoever makes more gives several commands. */
export const stockNumbersMax = 2_000;

/**
 * Makes cards to be sold later, with the numbers that are given and pins that were drawn for the command. Numbers that
 * exist already are passed over and counted. Refused with `product_not_found` (also for a product that is not sold from
 * stock), `quantity_invalid`, `code_invalid` (a number or pin of another length than the product's), `product_retired`,
 * `capacity_reached` (more than may be in stock) or `secret_space_short`.
 */
export const addStock: Rule<"add_stock"> = {
  needs: (command, drawn) => ({
    products: [command.productId],
    codes: command.numbers,
    secrets: { digits: command.secretDigits, drawn },
    fresh: { entitlements: command.numbers.length },
  }),

  decide(state, command, { nowMs, fresh }) {
    const product = state.product(command.productId);
    if (product?.stock == null) return refuse("product_not_found");
    const { numberDigits, secretDigits } = product.stock;
    if (command.numbers.length === 0 || command.numbers.length > stockNumbersMax) return refuse("quantity_invalid");
    const fits = (number: string) => number.length === numberDigits && /^\d+$/.test(number);
    if (numberDigits > numberDigitsMax || secretDigits !== command.secretDigits || !command.numbers.every(fits)) {
      return refuse("code_invalid");
    }
    if (product.retiredAtMs !== null) return refuse("product_retired");
    const numbers = [...new Set(command.numbers)].filter((number) => state.entitlement(number) === undefined);
    const { stockMax = Number.POSITIVE_INFINITY } = command;
    if (numbers.length > 0 && product.inStock + numbers.length > stockMax) return refuse("capacity_reached");
    const withPins = secretDigits > 0;
    if (withPins && state.secretsUsed(secretDigits) + BigInt(numbers.length) > secretsMax(secretDigits)) {
      return refuse("secret_space_short");
    }
    const pins = [...new Set(fresh.codes)].filter((pin) => !state.isSecretTaken(pin));
    if (withPins && pins.length < numbers.length) return refuse("secret_space_short");

    const changes: Change[] = [];
    for (const [index, code] of numbers.entries()) {
      const id = fresh.entitlements[index];
      if (id === undefined) throw new Error("a command takes a number that its needs do not name");
      const entitlement: Entitlement = {
        id,
        productId: product.id,
        code,
        customer: null,
        inStock: true,
        issuedAtMs: nowMs,
        expiresAtMs: null,
        redemption: null,
        revokedAtMs: null,
      };
      const { balance, batch, details } = command;
      const card: Card = { pin: withPins ? (pins[index] ?? "") : "", balance, batch, details };
      changes.push({ change: "put_entitlement", entitlement }, { change: "put_card", entitlementId: id, code, card });
    }
    const skipped = command.numbers.length - numbers.length;
    if (numbers.length === 0) return accept<"add_stock">({ made: 0, skipped }, [], []);
    changes.push({
      change: "put_product",
      product: { ...product, inStock: product.inStock + numbers.length, everIssued: true },
    });
    if (withPins) changes.push({ change: "use_secrets", digits: secretDigits, count: numbers.length });
    return accept<"add_stock">({ made: numbers.length, skipped }, changes, [
      {
        kind: "product_stocked",
        productId: product.id,
        entitlementId: null,
        code: null,
        occurredAtMs: nowMs,
        refusal: null,
      },
    ]);
  },
};
