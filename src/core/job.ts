import { noun } from "./state.ts";
/** Work that is done after the commit, as often as it takes; numbers only, so that no secret waits in a queue. */
export type JobDraft =
  | { readonly task: "mail_sale"; readonly saleId: number }
  /** Entitlements that one command issued to one holder. */
  | { readonly task: "mail_licenses"; readonly entitlementIds: readonly number[] }
  | { readonly task: "build_delivery"; readonly deliveryId: number }
  | { readonly task: "mail_delivery"; readonly deliveryId: number };

/** Jobs to be queued. They are only ever added. */
export const jobs = noun<JobDraft, JobDraft>({ name: "job", keyOf: (job) => job });
