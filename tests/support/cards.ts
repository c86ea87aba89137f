import type { App } from "../../src/app.ts";
import { carryOut } from "./charts.ts";

/** Makes a product of cards with pins of eight digits, `count` of them in stock; resolves with its number. */
export async function stockCards(app: App, name: string, count: number): Promise<number> {
  const price = { minor: 1240n, currency: "EUR" };
  const { product } = await carryOut(app, {
    verb: "create_product",
    kind: "card_group",
    terms: { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
    stock: { ownerId: null, price, taxPpm: 0, numberDigits: 10, secretDigits: 8, imageUrl: "" },
  });
  await carryOut(app, {
    verb: "add_stock",
    productId: product.id,
    numbers: Array.from({ length: count }, (_, index) => String(6_000_000_000 + product.id * 10_000 + index)),
    secretDigits: 8,
    balance: { minor: 1000n, currency: "EUR" },
    batch: "",
    details: {},
  });
  return product.id;
}

/** Sells `quantity` cards of a product to this address; resolves with the number of the sale and the cards. */
export async function sellCards(app: App, productId: number, quantity: number, email: string | null) {
  const what = { quantity };
  const command = { verb: "sell", productId, ownerId: null, what, email, currency: null, channel: "api" } as const;
  const { sale, cards } = await carryOut(app, command);
  return {
    saleId: sale.id,
    cards: cards.map(({ entitlement, card }) => ({ number: entitlement.code, pin: card.pin })),
  };
}
