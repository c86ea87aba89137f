import type { Card, StockedCard } from "../core/card.ts";
import type { Payment, Rates, Sale } from "../core/sale.ts";
import type { ReachFilter } from "./entitlements.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Sales, and the currencies in which they are made. */
export interface SaleQueries {
  /** A sale with its cards, the lowest number first. */
  byId(organizationId: number, saleId: number): Promise<SoldCards | undefined>;
  /** The sales with this reference, oldest first. */
  byReference(organizationId: number, reference: string, page: PageRequest<Sale>): Promise<Page<Sale>>;
  /** A sale with its cards, the lowest number first. With the owner of its product. */
  findById(organizationId: number, saleId: number): Promise<FoundSale | undefined>;
  /** Sales of products that a principal sees, ascending by number. One that is limited to categories sees none. */
  list(
    organizationId: number,
    filter: ReachFilter & { readonly productId?: number; readonly reference?: string },
    page: PageRequest<Sale>,
  ): Promise<Page<Sale>>;
  /** Payments for entitlements that a principal sees, ascending by number: all, or those of a sale. */
  payments(
    organizationId: number,
    filter: ReachFilter & { readonly saleId?: number },
    page: PageRequest<ListedPayment>,
  ): Promise<Page<ListedPayment>>;
  /** The organization's currencies; `undefined` when it has none. */
  rates(organizationId: number): Promise<Rates | undefined>;
}

export interface FoundSale {
  readonly sale: Sale;
  readonly ownerId: number | null;
  readonly cards: readonly StockedCard[];
}

export interface ListedPayment extends Payment {
  readonly productId: number;
}

export interface SoldCards {
  readonly saleId: number;
  readonly email: string | null;
  readonly organizationName: string;
  readonly productName: string;
  readonly soldAtMs: number;
  /** `null` until the mail was sent. */
  readonly mailedAtMs: number | null;
  readonly cards: readonly SoldCard[];
}

export interface SoldCard extends Pick<Card, "pin" | "balance"> {
  readonly number: string;
}
