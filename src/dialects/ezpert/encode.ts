import { isExpired, isInForce } from "../../core/entitlement.ts";
import type { HeldEntitlement } from "../../queries/entitlements.ts";
import { escapeText } from "../../wire/xml-write.ts";
import type { Format } from "./decode.ts";

/** Answers are laid out as the specification prints them: four blanks a level. */

export type Operation = "query" | "create" | "revoke";

/** A licence as clients are told it at this moment, with the names of JSON. */
function licenseOf({ product, entitlement, bindings }: HeldEntitlement, atMs: number) {
  // Clients know no suspension and no end. Only REVOKED keeps them from running, and the next query shows the end of it.
  const isRevoked = !isInForce(entitlement) || isExpired(entitlement, atMs);
  const machine = isRevoked ? undefined : bindings[0];
  return {
    client_id: entitlement.customer?.name ?? "",
    license_key: entitlement.code,
    mac_address: machine?.device.name ?? null,
    product_code: product.name,
    status: isRevoked ? "REVOKED" : machine === undefined ? "NEW" : "ATTACHED",
  };
}

/** The pieces of an answer: a list is `open`, its licences with `between` between them, and `close`, or `empty`. */
export interface Layout {
  readonly contentType: string;
  readonly open: string;
  readonly between: string;
  readonly close: string;
  readonly empty: string;
  license(held: HeldEntitlement): string;
}

/** What tells the operations apart. */
const operations = {
  query: { root: "result", status: "OK", dataClass: "" },
  create: { root: "response", status: "CREATED", dataClass: ' class="License-array"' },
  revoke: { root: "result", status: "REVOKED", dataClass: ' class="License-array"' },
} as const;

/** How an operation answers in this format at this moment; `reg_date` is written in the time zone. */
export function layoutOf(format: Format, operation: Operation, timeZone: string, atMs: number): Layout {
  return format === "xml" ? xmlLayout(operation, atMs) : jsonLayout(operation, timeZone, atMs);
}

function jsonLayout(operation: Operation, timeZone: string, atMs: number): Layout {
  const { root, status } = operations[operation];
  const open = `{\n    "${root}": {\n        "data": [`;
  const close = `],\n        "status": "${status}"\n    }\n}\n`;
  return {
    contentType: jsonType,
    open,
    between: ", ",
    close,
    empty: open + close,
    license: (held) => (operation === "create" ? createdJson(held, timeZone, atMs) : jsonObject(licenseOf(held, atMs))),
  };
}

export const jsonType = "application/json;charset=UTF-8";

/** A new licence has its members in another order, and the date of its creation. */
function createdJson(held: HeldEntitlement, timeZone: string, atMs: number): string {
  const { mac_address, status, product_code, license_key, client_id } = licenseOf(held, atMs);
  const reg_date = localTime(held.entitlement.issuedAtMs, timeZone);
  return jsonObject({ mac_address, status, product_code, license_key, client_id, reg_date });
}

function jsonObject(members: Readonly<Record<string, string | null>>): string {
  const lines = Object.entries(members).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  return `{\n            ${lines.join(",\n            ")}\n        }`;
}

function xmlLayout(operation: Operation, atMs: number): Layout {
  const { status, dataClass } = operations[operation];
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n    <Status>${status}</Status>\n`;
  return {
    contentType: "application/xml;charset=UTF-8",
    open: `${head}    <Data${dataClass}>\n`,
    between: "",
    close: "    </Data>\n</Response>\n",
    empty: `${head}    <Data${dataClass} />\n</Response>\n`,
    license: (held) => licenseXml(held, atMs),
  };
}

/** A machine has an element only if there is one; the date of creation never does. */
function licenseXml(held: HeldEntitlement, atMs: number): string {
  const { client_id, product_code, license_key, mac_address, status } = licenseOf(held, atMs);
  return (
    "        <License>\n" +
    xmlElement("ClientId", client_id) +
    xmlElement("ProductCode", product_code) +
    xmlElement("LicenseKey", license_key) +
    (mac_address === null ? "" : xmlElement("MacAddress", mac_address)) +
    xmlElement("Status", status) +
    "        </License>\n"
  );
}

function xmlElement(name: string, value: string): string {
  return `            <${name}>${escapeText(value)}</${name}>\n`;
}

/** A whole answer that is no list of licences: an error or a token. */
export function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 4)}\n`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `yyyy-MM-dd HH:mm:ss` in this time zone. */
function localTime(atMs: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en", {
      timeZone,
      calendar: "iso8601",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second } = parts;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}
