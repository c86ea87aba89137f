import type { BuiltDelivery, Delivery } from "../core/delivery.ts";
import type { Device } from "../core/device.ts";
import type { Edition } from "../core/edition.ts";
import type { Entitlement } from "../core/entitlement.ts";
import type { Product } from "../core/product.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Deliveries of editions to devices. */
export interface DeliveryQueries {
  /** A delivery, running or ended, with its product, edition, entitlement and device. */
  byId(organizationId: number, deliveryId: number): Promise<DeliveryDetails | undefined>;
  /** Deliveries of this product, or of all, the newest first. */
  list(
    organizationId: number,
    filter: DeliveryFilter,
    page: PageRequest<ListedDelivery>,
  ): Promise<Page<ListedDelivery>>;
  /**
   * Deliveries of all organizations whose files may be removed: they ended, expired, or their build was given up. At
   * most `limit` of them. They leave the list once they are marked as removed, so it needs no cursor.
   */
  removable(nowMs: number, limit: number): Promise<readonly RemovableDelivery[]>;
  /**
   * Offered deliveries of all organizations that follow `after`, in the order of their numbers, at most `limit` of
   * them. `after` is not a cursor, because a sweep stops in the middle of a page and goes on there later.
   */
  offered(after: DeliveryNumbers, limit: number): Promise<readonly OfferedDelivery[]>;
}

/** An absent member leaves no delivery out. */
export interface DeliveryFilter {
  readonly productId?: number;
  readonly entitlementId?: number;
  /** Whether only those are listed that have not ended. */
  readonly openOnly: boolean;
  /** What the caller reaches; `null` for everything. */
  readonly productIds: readonly number[] | null;
  readonly categories: readonly string[] | null;
}

/** A delivery with the code and the category of its entitlement. */
export interface ListedDelivery {
  readonly delivery: Delivery;
  readonly productId: number;
  readonly code: string;
  readonly category: string | null;
}

/** A delivery with its product, edition, entitlement and device. */
export interface DeliveryDetails {
  readonly delivery: Delivery;
  readonly product: Pick<Product, "id" | "kind" | "name">;
  readonly edition: Edition;
  readonly entitlement: Entitlement;
  readonly device: Device;
  /** Keyed hash of the machine's fingerprint in hex; `null` while no machine is known. */
  readonly fingerprintHash: string | null;
}

/** Names one delivery among those of all organizations. */
export interface DeliveryNumbers {
  readonly organizationId: number;
  readonly deliveryId: number;
}

/** A delivery whose file may be removed. */
export interface RemovableDelivery extends DeliveryNumbers {
  /** The code of the entitlement. */
  readonly code: string;
  readonly hasEnded: boolean;
}

/** A delivery that can be downloaded, with the size and the hash of its file. */
export interface OfferedDelivery extends DeliveryNumbers, Pick<BuiltDelivery, "bytes" | "sha256" | "readyAtMs"> {
  /** The code of the entitlement. */
  readonly code: string;
}
