import type { Gate } from "../core/gate.ts";
import type { ProductKind } from "../core/product.ts";

/** Access keys of products. */
export interface AccessKeyQueries {
  /** An access key that at least one product lists, live or retired, or that stands at a gate. */
  byKey(organizationId: number, key: string): Promise<AccessKey | undefined>;
  /**
   * Every access key that a live product lists, with its products, in the order of keys and product numbers. Keys of
   * gates are not among them, unless a product lists them too. There are no pages: keys are sealed and can be sorted
   * only once all are opened. A product lists some tens at most.
   */
  all(organizationId: number, kind: ProductKind): Promise<readonly ListedAccessKey[]>;
}

export interface AccessKey {
  readonly id: number;
  /** The gate at which it stands; `null` for a key of products alone. */
  readonly gate: Pick<Gate, "id" | "rights"> | null;
  /**
   * The products that it opens, by their numbers, each with the categories to which that is limited; `null` for all.
   * What the gate admits to and what the products grant comes together.
   */
  readonly opens: ReadonlyMap<number, readonly string[] | null>;
}

export interface ListedAccessKey {
  readonly key: string;
  readonly products: readonly { readonly id: number; readonly name: string }[];
}
