import type { Card, StockedCard } from "../core/card.ts";
import { stateOf } from "../core/entitlement.ts";
import { may, type Principal } from "../core/principal.ts";
import { code, state } from "./entitlement.ts";
import { named, nullable, object, text, type ValueOfSchema } from "./schema.ts";
import { id, money, time, writeMoney, writeTimeOrNull } from "./values.ts";

export const batch = text({ maxLength: 255 }, { description: "The name of the print run; empty when it has none." });

export const cardSchema = named(
  "Card",
  object(
    {
      entitlement: id("the entitlement"),
      product: id("its product"),
      code,
      state,
      pin: nullable(text({ maxLength: 30 }), {
        description: "Empty when the product has no pins; `null` for a caller without the scope `see_secrets`.",
      }),
      balance: money,
      batch,
      heldUntil: nullable(time("The moment until which a buyer holds it; it may have passed.")),
    },
    { description: "An entitlement that is sold from stock, with its secret and the money on it." },
  ),
);

/** A card as the API tells it to this principal, who may not see pins. */
export function writeCard({ entitlement, card }: StockedCard, principal: Principal): ValueOfSchema<typeof cardSchema> {
  const { pin, balance, batch: run }: Card = card;
  return {
    entitlement: String(entitlement.id),
    product: String(entitlement.productId),
    code: entitlement.code,
    state: stateOf(entitlement),
    pin: may(principal, "see_secrets") ? pin : null,
    balance: writeMoney(balance),
    batch: run,
    heldUntil: writeTimeOrNull(entitlement.inStock ? (entitlement.hold?.endsAtMs ?? null) : null),
  };
}

export const cardExample: ValueOfSchema<typeof cardSchema> = {
  entitlement: "2001",
  product: "6",
  code: "1000000001",
  state: "in_stock",
  pin: "48213377",
  balance: { amount: 1000, currency: "EUR" },
  batch: "2027-01",
  heldUntil: null,
};
