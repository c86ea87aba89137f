import type { StockedCard } from "../core/card.ts";

/** Entitlements that are cards. */
export interface CardQueries {
  /** The card with this number; `undefined` for an entitlement that is no card. */
  byNumber(organizationId: number, number: string): Promise<StockedCard | undefined>;
  /** Cards of live card groups, group by group in the order of their numbers, the lowest number first in each. */
  list(organizationId: number, filter: CardFilter): AsyncIterable<readonly StockedCard[]>;
}

/** Which cards; what is absent does not matter. */
export interface CardFilter {
  /** Whose; see `ownerScope`. */
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
