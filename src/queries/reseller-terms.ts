import type { ResellerTerms } from "../core/reseller-terms.ts";

/** The terms on which resellers sell cards of the house. */
export interface ResellerTermsQueries {
  /** The terms of a reseller for a product; `undefined` when it may not sell it. */
  of(organizationId: number, operatorId: number, productId: number): Promise<ResellerTerms | undefined>;
  /**
   * All terms, or those of one reseller, by the names of resellers and the numbers of products; without the terms for
   * products that were retired. All at once: a reseller sells some tens of products.
   */
  list(organizationId: number, operatorId?: number): Promise<readonly ListedTerms[]>;
}

export interface ListedTerms {
  readonly terms: ResellerTerms;
  readonly login: string;
  readonly productName: string;
}
