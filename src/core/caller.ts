/** On whose behalf a command is carried out, as far as it is known. */
export type Caller =
  | { readonly kind: "anonymous" }
  | { readonly kind: "operator"; readonly operatorId: number }
  | { readonly kind: "access_key"; readonly accessKeyId: number };

/**
 * A name for the caller that is stable and unique in the organization; idempotency keys of one do not meet another's.
 * Who presents nothing is told from others by the network address, as far as that goes.
 */
export function principalOf(caller: Caller, address: string | null): string {
  switch (caller.kind) {
    case "anonymous":
      return address === null ? "anonymous" : `anonymous:${address}`;
    case "operator":
      return `operator:${caller.operatorId}`;
    case "access_key":
      return `access_key:${caller.accessKeyId}`;
  }
}
