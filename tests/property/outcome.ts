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
  if ("hold" in value) return `ok ${value.hold.quantity} of ${value.hold.category} until ${value.hold.endsAtMs}`;
  if (!("product" in value)) throw new Error(`the model does not know ${verb}`);
  const { product } = value;
  const out = `${product.issued} out`;
  if ("accessKeys" in value) return `ok ${describeTerms({ ...product, accessKeys: value.accessKeys })}, ${out}`;
  if (!("entitlement" in value)) throw new Error(`the model does not know ${verb}`);
  const { code, customer, redemption, startsAtMs, expiresAtMs, usesMax, reference } = value.entitlement;
  const holder = customer === null ? null : customerIdentity(customer.name);
  const firstAtMs = redemption?.atMs ?? null;
  if ("use" in value) return `ok ${code} undone ${value.use.number}, first ${firstAtMs}`;
  if (verb === "extend") return `ok ${code} from ${startsAtMs} to ${expiresAtMs}`;
  if (verb === "change_entitlement") return `ok ${code} for ${usesMax}, ${reference}`;
  const subject = `ok ${code} of ${product.id}`;
  if (verb === "redeem") return `${subject} redeemed ${firstAtMs}`;
  if (verb === "revoke") return `${subject} revoked, ${out}`;
  if (verb === "suspend" || verb === "reinstate") {
    return `${subject} ${value.entitlement.suspendedAtMs === null ? "in force" : "suspended"}`;
  }
  if (verb === "reissue" || verb === "transfer") return `${subject} to ${holder}`;
  return `${subject} to ${holder}, ${out}`;
}

/** A line of the log in the words of the model. */
export function describeAction({ kind, code, entitlementId, occurredAtMs, refusal }: LogEntryDraft): string {
  const subject = code === null ? "" : ` ${code}${entitlementId === null ? " unknown" : ""}`;
  return `${kind}${subject} ${occurredAtMs}${refusal === null ? "" : ` ${refusal}`}`;
}

/** A conflict in the words of the model. */
export function describeConflict({
  kept,
  lost,
  refusal,
}: {
  kept: Pick<Redemption, "atMs"> | null;
  lost: Pick<Redemption, "atMs">;
  refusal: Refusal;
}): string {
  return `kept ${kept?.atMs ?? "none"} lost ${lost.atMs} ${refusal}`;
}
