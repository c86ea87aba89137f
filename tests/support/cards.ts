import type { App } from "../../src/app.ts";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { anybody } from "./principals.ts";

export interface SoldForTest {
  readonly saleId: number;
  readonly cards: readonly { readonly number: string; readonly pin: string }[];
}

/** Makes a product of cards with pins of eight digits, `count` of them in stock; resolves with its number. */
export async function stockCards({ engine }: App, name: string, count: number): Promise<number> {
  const order = { organizationId: defaultOrganizationId, principal: anybody, address: null } as const;
  const made = await engine.execute({
    ...order,
    command: {
      verb: "create_product",
      kind: "card_group",
      terms: { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
      stock: {
        ownerId: null,
        price: { minor: 1240n, currency: "EUR" },
        taxPpm: 0,
        numberDigits: 10,
        secretDigits: 8,
        imageUrl: "",
      },
    },
  });
  if (!made.ok) throw new Error(made.refusal);
  const productId = made.value.product.id;
  const stocked = await engine.execute({
    ...order,
    command: {
      verb: "add_stock",
      productId,
      numbers: Array.from({ length: count }, (_, index) => String(6_000_000_000 + productId * 10_000 + index)),
      secretDigits: 8,
      balance: { minor: 1000n, currency: "EUR" },
      batch: "",
      details: {},
    },
  });
  if (!stocked.ok) throw new Error(stocked.refusal);
  return productId;
}

/** Sells so many of a product to this address. */
export async function sellCards(
  { engine }: App,
  productId: number,
  quantity: number,
  email: string | null,
): Promise<SoldForTest> {
  const sold = await engine.execute({
    organizationId: defaultOrganizationId,
    principal: anybody,
    address: null,
    command: { verb: "sell", productId, ownerId: null, what: { quantity }, email, currency: null, channel: "api" },
  });
  if (!sold.ok) throw new Error(sold.refusal);
  const { sale, cards } = sold.value;
  return {
    saleId: sale.id,
    cards: cards.map(({ entitlement, card }) => ({ number: entitlement.code, pin: card.pin })),
  };
}
