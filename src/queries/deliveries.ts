import type { Delivery } from "../core/delivery.ts";
import type { Device } from "../core/device.ts";
import type { Edition } from "../core/edition.ts";
import type { Entitlement } from "../core/entitlement.ts";
import type { Product } from "../core/product.ts";

/** Deliveries of editions to devices. */
export interface DeliveryQueries {
  /** One delivery with all that it is about, whatever became of it. */
  byId(organizationId: number, deliveryId: number): Promise<DeliveryDetails | undefined>;
  /**
   * Deliveries of all organizations whose files may be removed, at most so many: they ended, their time is over, or
   * nobody builds them any more.
   */
  removable(nowMs: number, limit: number): Promise<readonly DeliveryName[]>;
  /**
   * Deliveries of all organizations that are offered, in the order of their numbers, at most so many, and of those only
   * what follows `after`.
   */
  offered(after: DeliveryNumbers, limit: number): Promise<readonly OfferedDelivery[]>;
}

/** A delivery with all that it is about. */
export interface DeliveryDetails {
  readonly delivery: Delivery;
  readonly product: Pick<Product, "id" | "name">;
  readonly edition: Edition;
  readonly entitlement: Entitlement;
  readonly device: Device;
  /** Keyed hash of the machine's fingerprint in hex; `null` while no machine is known. */
  readonly fingerprintHash: string | null;
  /**
   * What content for this device may be unlocked by: 16 upper-case hex digits, the same for all that its customer is
   * delivered on it.
   */
  readonly userKey: string;
}

/** What numbers one delivery among those of all organizations. */
export interface DeliveryNumbers {
  readonly organizationId: number;
  readonly deliveryId: number;
}

/** A delivery that has had its time. */
export interface DeliveryName extends DeliveryNumbers {
  /** That of the entitlement. */
  readonly code: string;
  readonly hasEnded: boolean;
}

/** A delivery that can be downloaded, with what its file must be. */
export interface OfferedDelivery extends DeliveryNumbers {
  /** That of the entitlement. */
  readonly code: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly readyAtMs: number;
}
