import type { Binding } from "../core/binding.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Edition } from "../core/edition.ts";
import type { Entitlement } from "../core/entitlement.ts";
import type { Product, ProductKind } from "../core/product.ts";

/** Editions of products, and the holders of their content. */
export interface ContentQueries {
  /** The editions of a product, in the order in which they were published. All at once: a product has some tens. */
  editions(organizationId: number, productId: number): Promise<readonly Edition[]>;
  /**
   * The content that a customer holds, of products of this kind, with the last delivery to each device. Oldest first,
   * without revoked entitlements. All at once: the holder sees one list and holds some hundreds at most.
   */
  heldBy(organizationId: number, customerId: number, kind: ProductKind): Promise<readonly HeldContent[]>;
  /**
   * The keys of the content of all editions, of all organizations. All at once, to be compared with the folders of the
   * file store.
   */
  keys(): Promise<readonly string[]>;
  /** The name of the file store of this database; `undefined` before it has one. */
  fileStoreId(): Promise<string | undefined>;
}

/** An entitlement to content, with the current edition. */
export interface HeldContent {
  readonly product: Pick<Product, "id" | "name" | "slots" | "startsAtMs" | "endsAtMs" | "retiredAtMs">;
  readonly entitlement: Entitlement;
  /** `null` as long as the product has no edition that is given to anybody. */
  readonly edition: Edition | null;
  /** In the order of slots. */
  readonly bindings: readonly ContentBinding[];
}

/** A device that holds content, with its last delivery; `null` when none was ever requested. */
export interface ContentBinding extends Binding {
  readonly latest: { readonly delivery: Delivery; readonly editionName: string } | null;
}
