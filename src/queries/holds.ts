import type { Hold, Room } from "../core/hold.ts";
import type { ReachFilter } from "./entitlements.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Holds, and the room that they leave. All moments are in milliseconds since the epoch. */
export interface HoldQueries {
  /** A hold, live or not. Ended ones are forgotten after a while. */
  byId(organizationId: number, id: number): Promise<Hold | undefined>;
  /** The holds of a product that are live at this moment, oldest first. */
  live(organizationId: number, productId: number, atMs: number, page: PageRequest<LiveHold>): Promise<Page<LiveHold>>;
  /** The holds with this reference, live or not, oldest first. Ended ones are forgotten after a while. */
  byReference(organizationId: number, reference: string, page: PageRequest<Hold>): Promise<Page<Hold>>;
  /** With the owner of its product. */
  findById(organizationId: number, id: number): Promise<FoundHold | undefined>;
  /** Holds that a principal sees, ascending by number: of all products or of one, with any reference or with this one. */
  list(
    organizationId: number,
    filter: ReachFilter & { readonly productId?: number; readonly reference?: string; readonly live?: LiveFilter },
    page: PageRequest<Hold>,
  ): Promise<Page<Hold>>;
  /** What can be had of a product at this moment; `undefined` for an unknown product. */
  availability(organizationId: number, productId: number, atMs: number): Promise<Availability | undefined>;
}

export interface FoundHold {
  readonly hold: Hold;
  readonly ownerId: number | null;
}

/** Only holds that are live at this moment, or only those that are not. */
export interface LiveFilter {
  readonly is: boolean;
  readonly atMs: number;
}

export interface LiveHold extends Hold {
  /** How long it still holds. */
  readonly leftMs: number;
}

export interface Availability {
  /** The places of the product. */
  readonly places: Room;
  /** The places of each category, in the order of the product. */
  readonly categories: readonly ({ readonly key: string } & Room)[];
  /** `null` for a product that is not sold from stock. */
  readonly stock: StockRoom | null;
}

export interface StockRoom {
  /** Made and not sold yet. */
  readonly inStock: number;
  /** Those of them that holds keep, without suspended ones. */
  readonly held: number;
  /** Those that anybody can buy: no hold keeps them, and they are not suspended. */
  readonly free: number;
}
