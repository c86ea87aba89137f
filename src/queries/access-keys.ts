import type { ProductKind } from "../core/product.ts";

/** Access keys of products. */
export interface AccessKeyQueries {
  /** An access key that at least one product lists, live or retired. */
  byKey(organizationId: number, key: string): Promise<AccessKey | undefined>;
  /**
   * Every access key that a live product lists, with its products, in the order of keys and product numbers. There are
   * no pages: keys are sealed and can be sorted only once all are opened. A product lists some tens at most.
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
