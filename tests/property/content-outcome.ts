import type { Outcome } from "../../src/core/command.ts";
import type { Device } from "../../src/core/device.ts";

/** An outcome in the words of the model of content. */
export function describeContentOutcome(outcome: Outcome): string {
  if (!outcome.ok) return outcome.refusal;
  const { value } = outcome;
  if ("device" in value) return `ok ${deviceText(value.device)} ${changedText(value.changed)}`;
  if ("bindings" in value) {
    const slots = ["-", "-"];
    for (const { slot, device } of value.bindings) slots[slot] = device.name;
    const changed = "changed" in value ? ` ${changedText(value.changed)}` : "";
    return `ok ${value.entitlement.code} ${slots.join()}${changed}`;
  }
  if ("deviceId" in value) return `ok until ${value.built?.expiresAtMs ?? "unbuilt"}`;
  if ("delivery" in value) return `ok ${value.entitlement.code} ${value.edition.name}`;
  if ("edition" in value) return `ok ${value.edition.name}`;
  if ("entitlement" in value) return `ok ${value.entitlement.code}`;
  throw new Error("the model of content does not know this outcome");
}

export function deviceText({ customerId, name }: Pick<Device, "customerId" | "name">): string {
  return `${customerId}/${name}`;
}

function changedText(changed: boolean): string {
  return changed ? "changed" : "unchanged";
}
