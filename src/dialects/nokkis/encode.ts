import { isSpent } from "../../core/admission.ts";
import { isAdmitted } from "../../core/category.ts";
import { type Entitlement, isUsable } from "../../core/entitlement.ts";
import type { LogEntry } from "../../core/log-entry.ts";
import type { Product } from "../../core/product.ts";
import type { ListedAccessKey } from "../../queries/access-keys.ts";
import type { KnownConflict, KnownRedemption } from "../../queries/conflicts.ts";
import { escapeAttribute, escapeText } from "../../wire/xml-write.ts";
import { protocolErrorOf } from "./errors.ts";

/** Lines are laid out as the specification prints them: one element a line, nothing indented. */

export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A whole answer around its lines. */
export function document(content: string): string {
  return content === "" ? `${declaration}<nokkis> </nokkis>\n` : `${declaration}<nokkis>\n${content}</nokkis>\n`;
}

/** The words are the specification's, with their apostrophes. No character in them needs escaping. */
export function errorLine({ id, text }: { id: number; text: string }): string {
  return `<error id="${id}">${text}</error>\n`;
}

function element(name: string, value: string | number | null): string {
  return `<${name}>${typeof value === "string" ? escapeText(value) : (value ?? "")}</${name}>\n`;
}

function seconds(atMs: number | null): number | null {
  return atMs === null ? null : Math.floor(atMs / 1000);
}

/** An event as in the list, and with its apikeys as in its own answer. */
export function eventLines(product: Product, apikeys: readonly string[]): string {
  return (
    `<event id="${product.id}">\n` +
    element("name", product.name) +
    (product.description === "" ? "" : element("description", product.description)) +
    element("startdate", seconds(product.startsAtMs)) +
    element("enddate", seconds(product.endsAtMs)) +
    element("num_tickets", product.issued) +
    element("max_tickets", product.capacity) +
    apikeyLines(apikeys) +
    "</event>\n"
  );
}

export function apikeyLines(apikeys: readonly string[]): string {
  return apikeys.map((key) => element("apikey", key)).join("");
}

/** The head of an event in the file of a gate; its barcodes and `</event>` follow. */
export function clientEventHead(product: Product, apikey: string): string {
  return (
    `<event id="${product.id}">\n` +
    element("name", product.name) +
    element("startdate", seconds(product.startsAtMs)) +
    element("enddate", seconds(product.endsAtMs)) +
    element("apikey", apikey)
  );
}

/** How barcodes are shown to a caller. */
export interface BarcodeView {
  readonly showsNames: boolean;
  /** The categories that the caller may admit; absent for all. */
  readonly admits: readonly string[] | undefined;
}

/** A whole barcode. `event` is the line that names its event; empty in the file of a gate. */
export function barcodeLines(
  entitlement: Entitlement,
  product: Product,
  event: string,
  { showsNames, admits }: BarcodeView,
): string {
  const { code, customer, category } = entitlement;
  const user =
    customer === null || !showsNames
      ? "<user></user>"
      : `<user id="${customer.id}">${escapeText(customer.name)}</user>`;
  const status = isSpent(product, entitlement) ? 1 : 0;
  const admitsIt = isAdmitted(category, admits);
  const valid = status === 0 && isUsable(entitlement) && product.retiredAtMs === null && admitsIt ? 1 : 0;
  return `<barcode key="${escapeAttribute(code)}">\n${event}${user}\n<status>${status}</status>\n<valid>${valid}</valid>\n</barcode>\n`;
}

/** The line inside of a barcode that names its event. */
export function eventLine({ id, name }: { id: number; name: string }): string {
  return `<event id="${id}">${escapeText(name)}</event>\n`;
}

export function keyLine({ code }: { code: string }): string {
  return `<barcode key="${escapeAttribute(code)}" />\n`;
}

export function listedApikeyLines({ key, products }: ListedAccessKey): string {
  return `<apikey id="${escapeAttribute(key)}">\n${products.map(eventLine).join("")}</apikey>\n`;
}

/** The words for log entries: the first two are the specification's, the others follow their pattern. */
const actionData: Partial<Record<string, string>> = {
  product_changed: "event_modified",
  entitlement_redeemed: "barcode_used",
  product_created: "event_created",
  product_retired: "event_invalidated",
  entitlement_issued: "barcode_created",
  entitlement_revoked: "barcode_invalidated",
  entitlement_suspended: "barcode_suspended",
  entitlement_reinstated: "barcode_reinstated",
  entitlement_extended: "barcode_extended",
  entitlement_transferred: "barcode_transferred",
  entitlement_reissued: "barcode_reissued",
  entitlement_changed: "barcode_modified",
  product_stocked: "event_stocked",
  entitlement_sold: "barcode_sold",
  entitlement_topped_up: "barcode_topped_up",
  entitlement_bound: "barcode_bound",
  entitlement_unbound: "barcode_unbound",
  entitlement_use_undone: "barcode_use_undone",
};

export function eventActionLines(entry: LogEntry): string {
  return actionLines(entry, "");
}

export function barcodeActionLines(entry: LogEntry): string {
  const key = entry.code === null ? "" : keyLine({ code: entry.code });
  return actionLines(entry, key + element("apikey", entry.accessKey));
}

/** `head`: the lines that come first. */
function actionLines({ id, address, occurredAtMs, kind }: LogEntry, head: string): string {
  return (
    `<action id="${id}">\n${head}` +
    element("ip", address) +
    element("action_time", seconds(occurredAtMs)) +
    element("action_data", actionData[kind] ?? kind) +
    "</action>\n"
  );
}

/**
 * A use that was refused although a guest may have been let in, and before it the use that counts, if there is one. The
 * error of the refusal follows, except 43: the two uses show it.
 */
export function conflictLines(conflict: KnownConflict): string {
  const { kept, lost, refusal } = conflict;
  const { id, text } = protocolErrorOf(refusal, "barcode").error;
  return (
    `<conflict id="${conflict.id}">\n${keyLine(conflict)}` +
    (kept === null ? "" : redemptionLines("kept", kept)) +
    redemptionLines("lost", lost) +
    (refusal === "already_redeemed" ? "" : `<refusal id="${id}">${text}</refusal>\n`) +
    "</conflict>\n"
  );
}

function redemptionLines(name: string, redemption: KnownRedemption): string {
  return (
    `<${name}>\n` +
    element("apikey", redemption.accessKey) +
    element("ip", redemption.address) +
    element("action_time", seconds(redemption.atMs)) +
    `</${name}>\n`
  );
}
