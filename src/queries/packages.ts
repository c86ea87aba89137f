import type { Edition } from "../core/edition.ts";
import type { EditionRequest, Package } from "../core/package.ts";
import type { Product, ProductKind } from "../core/product.ts";

/** Packages of editions, and requests for editions. */
export interface PackageQueries {
  /** A package with its edition. */
  byId(organizationId: number, packageId: number): Promise<PackageDetails | undefined>;
  /** All packages of a product's editions. All at once: a product has some tens. */
  ofProduct(organizationId: number, productId: number): Promise<readonly Package[]>;
  /** The product of an edition. */
  productOf(organizationId: number, editionId: number): Promise<Pick<Product, "id" | "kind" | "name"> | undefined>;
  /**
   * For each product of this kind of which the customer holds a unit, the edition that was published last among those
   * that have a base, with that base. Products without a base are left out.
   */
  basesFor(organizationId: number, customerId: number, kind: ProductKind): Promise<readonly PackageDetails[]>;
  /** The editions that were last requested for a customer's entitlements, by device. */
  requestsOf(organizationId: number, customerId: number): Promise<readonly RequestedEditionName[]>;
}

export interface PackageDetails {
  readonly edition: Edition;
  readonly made: Package;
  /** The key of the content of the edition that an update needs; `null` for a base. */
  readonly fromKey: string | null;
}

export interface RequestedEditionName extends Pick<EditionRequest, "entitlementId" | "deviceId"> {
  readonly editionName: string;
}
