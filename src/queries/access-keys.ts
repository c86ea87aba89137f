import type { ProductKind } from "../core/product.ts";

/** Access keys of products. */
export interface AccessKeyQueries {
  /** An access key that at least one product lists, also if that product is retired. */
  byKey(organizationId: number, key: string): Promise<AccessKey | undefined>;
  /**
   * Every access key that a live product lists, with those products, in the order of keys and product numbers. Not in
   * pages: keys are sealed, and can be sorted only once all are open. A product lists some tens at most.
   */
  all(organizationId: number, kind: ProductKind): Promise<readonly ListedAccessKey[]>;
}

export interface AccessKey {
  readonly id: number;
  readonly productIds: ReadonlySet<number>;
}

export interface ListedAccessKey {
  readonly key: string;
  readonly products: readonly { readonly id: number; readonly name: string }[];
}
