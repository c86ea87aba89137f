import { isFree, stock, stockOf } from "../card.ts";
import { type Entitlement, entitlements } from "../entitlement.ts";
import {
  endLapsed,
  type Hold,
  hasRoom,
  holdDefaultMs,
  holds,
  holdsOf,
  isDuration,
  isLive,
  roomOfCategory,
} from "../hold.ts";
import { aboutProduct } from "../log-entry.ts";
import { isReference } from "../metadata.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { saleQuantityMax } from "../sale.ts";
import { put, type State } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { issueQuantityMax } from "./issue.ts";

interface KeepPlaces extends ProductNamed {
  /** Places, in a category if one is named, or pieces of the stock of this owner; see `ownerScope`. */
  readonly what:
    | { readonly places: number; readonly category?: string }
    | { readonly stock: number; readonly ownerId: number | null };
  /** The caller's own name for it, such as an order number. */
  readonly reference: string;
  /** How long it holds; `holdDefaultMs` when absent. */
  readonly durationMs?: number;
}

export interface Held {
  readonly product: Product;
  readonly hold: Hold;
  /** The codes of the stock that is held, the lowest number first; none for places. */
  readonly codes: readonly string[];
}

/**
 * Keeps places of a product, or stock with the lowest numbers, for a buyer. `issue` and `sell` confirm it by its number.
 * From its end on they are free again. A product that is sold from stock has no places to hold, and one that is not has
 * no stock: it counts as not found. One command holds no more than one command issues or sells.
 */
export const hold = verb<KeepPlaces, Held>()({
  name: "hold",
  permission: "hold",
  refusals: [
    "product_not_found",
    "category_not_found",
    "quantity_invalid",
    "text_invalid",
    "duration_invalid",
    "product_retired",
    "product_closed",
    "capacity_reached",
    "stock_short",
  ],
  logs: ["product_held"],

  needs: ({ productId, what }) => ({
    lock: [
      products.at(productId),
      holdsOf.at(productId),
      ...("stock" in what && fits(what.stock, saleQuantityMax) ? [stock.at({ productId, count: what.stock })] : []),
    ],
    fresh: [[holds, 1]],
  }),

  decide(state, command, { nowMs, fresh }) {
    const product = namedProduct(state, command);
    const { what, reference, durationMs = holdDefaultMs } = command;
    if (product === undefined || !isSoldSo(product, what)) return refuse("product_not_found");
    const [quantity, quantityMax] = "stock" in what ? [what.stock, saleQuantityMax] : [what.places, issueQuantityMax];
    const category = ("places" in what ? what.category : undefined) ?? null;
    if (category !== null && roomOfCategory(product, category, []) === undefined) return refuse("category_not_found");
    if (!fits(quantity, quantityMax)) return refuse("quantity_invalid");
    if (!isReference(reference)) return refuse("text_invalid");
    if (!isDuration(durationMs)) return refuse("duration_invalid");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    if (product.closed !== null) return refuse("product_closed");
    const known = state.find(holdsOf, product.id);
    const live = known.filter((one) => isLive(one, nowMs));
    if ("places" in what && !hasRoom(product, category, quantity, live)) return refuse("capacity_reached");
    const chosen = "stock" in what ? freeStock(state, product, quantity, nowMs) : [];
    if ("stock" in what && chosen.length < quantity) return refuse("stock_short");

    const made: Hold = {
      id: fresh(holds),
      productId: product.id,
      category,
      quantity,
      reference,
      heldAtMs: nowMs,
      endsAtMs: nowMs + durationMs,
      endedAtMs: null,
      isConfirmed: false,
    };
    const kept = { id: made.id, endsAtMs: made.endsAtMs };
    return accept(
      { product, hold: made, codes: chosen.map(({ code }) => code) },
      [
        ...endLapsed(known, nowMs),
        put(holds, made),
        ...chosen.map((entitlement) => put(entitlements, { ...entitlement, hold: kept })),
      ],
      [
        {
          ...aboutProduct("product_held", product.id, nowMs),
          detail: { hold: made.id, quantity, category, reference, endsAtMs: made.endsAtMs },
        },
      ],
    );
  },
});

/** Free stock with the lowest numbers: so much, or all that there is. */
export function freeStock(state: State, { id: productId }: Product, count: number, nowMs: number): Entitlement[] {
  const free: Entitlement[] = [];
  // A batch of many sales would look through all of its stock for each of them.
  for (const one of state.find(stock, { productId, count })) {
    if (free.length === count) break;
    if (isFree(one, nowMs)) free.push(one);
  }
  return free;
}

function fits(quantity: number, quantityMax: number): boolean {
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= quantityMax;
}

/** Whether the product has what is to be held: places, or a stock of this owner. */
function isSoldSo({ stock: terms }: Product, what: KeepPlaces["what"]): boolean {
  return "stock" in what ? terms !== null && terms.ownerId === what.ownerId : terms === null;
}

interface Release extends ProductNamed {
  /** The number of the hold. */
  readonly hold: number;
}

/** Gives back what a hold keeps. A hold of another product counts as not found. */
export const release = verb<Release, { readonly product: Product; readonly hold: Hold }>()({
  name: "release",
  permission: "hold",
  refusals: ["product_not_found", "hold_not_found", "hold_ended"],
  logs: ["product_released"],

  needs: ({ productId, hold }) => ({ lock: [products.at(productId), holds.at(hold), stockOf.at(hold)] }),

  decide(state, command, { nowMs }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const before = state.get(holds, command.hold);
    if (before?.productId !== product.id) return refuse("hold_not_found");
    if (!isLive(before, nowMs)) return refuse("hold_ended");
    const ended: Hold = { ...before, endedAtMs: nowMs };
    return accept(
      { product, hold: ended },
      [put(holds, ended), ...state.find(stockOf, before.id).map((one) => put(entitlements, { ...one, hold: null }))],
      [{ ...aboutProduct("product_released", product.id, nowMs), detail: { hold: before.id } }],
    );
  },
});
