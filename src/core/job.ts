/** Work that is done after the commit, as often as it takes; numbers only, so that no secret waits in a queue. */
export type JobDraft =
  | { readonly task: "mail_sale"; readonly saleId: number }
  /** Entitlements that one command issued to one holder. */
  | { readonly task: "mail_licenses"; readonly entitlementIds: readonly number[] }
  | { readonly task: "build_delivery"; readonly deliveryId: number }
  | { readonly task: "mail_delivery"; readonly deliveryId: number };
