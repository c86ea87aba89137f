import type { StockedCard } from "../core/card.ts";
import type { ProductKind } from "../core/product.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Entitlements that are cards. */
export interface CardQueries {
  /** The card with this number; `undefined` for an entitlement that is not a card. */
  byNumber(organizationId: number, number: string): Promise<StockedCard | undefined>;
  /** By the number of its entitlement. */
  byId(organizationId: number, entitlementId: number): Promise<StockedCard | undefined>;
  /** The stock of a product, the lowest number first; held and suspended cards too. */
  stockOf(organizationId: number, productId: number, page: PageRequest<StockedCard>): Promise<Page<StockedCard>>;
  /** Cards of live products, product by product in the order of their numbers, the lowest number first in each. */
  list(organizationId: number, filter: CardFilter, page: PageRequest<StockedCard>): Promise<Page<StockedCard>>;
}

/** An absent member leaves no card out. */
export interface CardFilter {
  /** The kind of the products whose entitlements are cards. */
  readonly kind: ProductKind;
  /** The owner of the products; see `ownerScope`. */
  readonly ownerId: number | null;
  readonly number?: string;
  readonly name?: string;
  readonly pin?: string;
  readonly batch?: string;
  readonly callerId?: string;
  readonly language?: string;
  readonly distributorId?: number;
  readonly sold?: boolean;
}
