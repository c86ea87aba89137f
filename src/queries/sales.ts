import type { Card, StockedCard } from "../core/card.ts";
import type { Payment, Rates, Sale } from "../core/sale.ts";
import type { ReachFilter } from "./entitlements.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Sales, and the currencies in which they are made. */
export interface SaleQueries {
  /** A sale with its cards, the lowest number first, without those of which the sale was reversed. */
  byId(organizationId: number, saleId: number): Promise<SoldCards | undefined>;
  /** The payments for the card with this number, the oldest first; none for a number that no card has. */
  paymentsOf(organizationId: number, number: string): Promise<readonly Payment[]>;
  /** The sales with this reference, oldest first. */
  byReference(organizationId: number, reference: string, page: PageRequest<Sale>): Promise<Page<Sale>>;
  /** A sale with the owner of its product and its cards, the lowest number first, without those that were reversed. */
  findById(organizationId: number, saleId: number): Promise<FoundSale | undefined>;
  /** Sales of products that a principal sees, and its own, ascending by number. One limited to categories sees none. */
  list(
    organizationId: number,
    filter: ReachFilter & { readonly productId?: number; readonly reference?: string },
    page: PageRequest<Sale>,
  ): Promise<Page<Sale>>;
  /** Payments for what a principal sees, and those on its account, ascending by number: all, or those of a sale. */
  payments(
    organizationId: number,
    filter: ReachFilter & { readonly saleId?: number },
    page: PageRequest<Payment>,
  ): Promise<Page<Payment>>;
  /** The organization's currencies; `undefined` when it has none. */
  rates(organizationId: number): Promise<Rates | undefined>;
}

export interface FoundSale {
  readonly sale: Sale;
  readonly ownerId: number | null;
  readonly cards: readonly StockedCard[];
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
