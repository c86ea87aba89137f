import type { Command, Outcome } from "../../src/core/command.ts";
import { customerIdentity } from "../../src/core/customer.ts";
import type { Redemption } from "../../src/core/entitlement.ts";
import type { LogEntryDraft } from "../../src/core/log-entry.ts";
import type { Refusal } from "../../src/core/refusal.ts";
import { describeTerms } from "./model.ts";

/** An outcome in the words of the model. */
export function describeOutcome({ verb }: Command, outcome: Outcome): string {
  if (!outcome.ok) return outcome.refusal;
  const { value } = outcome;
  if ("deleted" in value) return `ok ${value.deleted ? "deleted" : "kept"}`;
  if (!("product" in value)) throw new Error(`the model does not know ${verb}`);
  const { product } = value;
  const out = `${product.issued} out`;
  if ("accessKeys" in value) return `ok ${describeTerms({ ...product, accessKeys: value.accessKeys })}, ${out}`;
  if (!("entitlement" in value)) throw new Error(`the model does not know ${verb}`);
  const { code, customer, redemption } = value.entitlement;
  const subject = `ok ${code} of ${product.id}`;
  if (verb === "redeem") return `${subject} redeemed ${redemption?.atMs}`;
  if (verb === "revoke") return `${subject} revoked, ${out}`;
  if (verb === "suspend" || verb === "reinstate") {
    return `${subject} ${value.entitlement.suspendedAtMs === null ? "in force" : "suspended"}`;
  }
  return `${subject} to ${customer === null ? null : customerIdentity(customer.name)}, ${out}`;
}

/** A line of the log in the words of the model. */
export function describeAction({ kind, code, entitlementId, occurredAtMs, refusal }: LogEntryDraft): string {
  const subject = code === null ? "" : ` ${code}${entitlementId === null ? " unknown" : ""}`;
  return `${kind}${subject} ${occurredAtMs}${refusal === null ? "" : ` ${refusal}`}`;
}

/** A conflict in the words of the model. */
export function describeConflict(
  code: string | undefined,
  { kept, lost, refusal }: { kept: Pick<Redemption, "atMs"> | null; lost: Pick<Redemption, "atMs">; refusal: Refusal },
): string {
  return `${code} kept ${kept?.atMs ?? "none"} lost ${lost.atMs} ${refusal}`;
}
