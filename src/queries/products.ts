import type { KeyLimit, OpenableProduct, Product, ProductKind } from "../core/product.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Products. */
export interface ProductQueries {
  byId(organizationId: number, id: number): Promise<KnownProduct | undefined>;
  /** The oldest live product of this kind with exactly this name. */
  byName(organizationId: number, kind: ProductKind, name: string): Promise<Product | undefined>;
  /** What holders of a product wait for at this moment. */
  outstanding(organizationId: number, id: number, atMs: number): Promise<Outstanding>;
  /** Products, ascending by number; without retired ones, unless these are asked for. */
  list(organizationId: number, filter: ProductFilter, page: PageRequest<Product>): Promise<Page<Product>>;
}

/** A product with its access keys, and the limits of those that do not open all of it. */
export interface KnownProduct extends OpenableProduct {
  readonly keyLimits: readonly KeyLimit[];
}

export interface Outstanding {
  /** Entitlements that were sold, are neither revoked nor suspended, and whose own time is not over. */
  readonly inForce: number;
  /** Deliveries that are being prepared, or can be downloaded. */
  readonly waiting: number;
}

export interface ProductFilter {
  /** Absent: any kind. */
  readonly kind?: ProductKind;
  /** Only these; `null` or absent: all. */
  readonly ids?: readonly number[] | null;
  /** Whether retired products are among them. */
  readonly includesRetired?: boolean;
  /** Only products that this access key opens, by itself or at its gate. */
  readonly accessKeyId?: number;
  /** The owner; see `ownerScope`. Absent: any owner. */
  readonly ownerId?: number | null;
}
