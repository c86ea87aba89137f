import type { HeldEntitlement } from "../../queries/entitlements.ts";
import { escapeText } from "../../wire/xml-write.ts";
import type { Format } from "./decode.ts";

/** Answers are laid out as the specification prints them: four blanks a level. */

export type Operation = "query" | "create" | "revoke";

/** A licence as clients are told it. */
export interface License {
  readonly clientId: string;
  readonly productCode: string;
  readonly licenseKey: string;
  readonly macAddress: string | null;
  readonly status: "NEW" | "ATTACHED" | "REVOKED";
  readonly issuedAtMs: number;
}

export function licenseOf({ product, entitlement, bindings }: HeldEntitlement): License {
  const revoked = entitlement.revokedAtMs !== null;
  const machine = revoked ? undefined : bindings[0];
  return {
    clientId: entitlement.customer?.name ?? "",
    productCode: product.name,
    licenseKey: entitlement.code,
    macAddress: machine?.device.name ?? null,
    status: revoked ? "REVOKED" : machine === undefined ? "NEW" : "ATTACHED",
    issuedAtMs: entitlement.issuedAtMs,
  };
}

/** The pieces of an answer: a list is `open`, its licences with `between` between them, and `close`, or `empty`. */
export interface Layout {
  readonly contentType: string;
  readonly open: string;
  readonly between: string;
  readonly close: string;
  readonly empty: string;
  license(license: License): string;
}

/** What tells the operations apart. */
const operations = {
  query: { root: "result", status: "OK", dataClass: "" },
  create: { root: "response", status: "CREATED", dataClass: ' class="License-array"' },
  revoke: { root: "result", status: "REVOKED", dataClass: ' class="License-array"' },
} as const;

/** How an operation answers in this format; `reg_date` is written in the time zone. */
export function layoutOf(format: Format, operation: Operation, timeZone: string): Layout {
  return format === "xml" ? xmlLayout(operation) : jsonLayout(operation, timeZone);
}

function jsonLayout(operation: Operation, timeZone: string): Layout {
  const { root, status } = operations[operation];
  const open = `{\n    "${root}": {\n        "data": [`;
  const close = `],\n        "status": "${status}"\n    }\n}\n`;
  return {
    contentType: jsonType,
    open,
    between: ", ",
    close,
    empty: open + close,
    license: operation === "create" ? (license) => createdJson(license, timeZone) : licenseJson,
  };
}

export const jsonType = "application/json;charset=UTF-8";

function licenseJson({ clientId, licenseKey, macAddress, productCode, status }: License): string {
  return jsonObject(
    `"client_id": ${JSON.stringify(clientId)}`,
    `"license_key": ${JSON.stringify(licenseKey)}`,
    `"mac_address": ${JSON.stringify(macAddress)}`,
    `"product_code": ${JSON.stringify(productCode)}`,
    `"status": "${status}"`,
  );
}

function createdJson(
  { clientId, licenseKey, macAddress, productCode, status, issuedAtMs }: License,
  zone: string,
): string {
  return jsonObject(
    `"mac_address": ${JSON.stringify(macAddress)}`,
    `"status": "${status}"`,
    `"product_code": ${JSON.stringify(productCode)}`,
    `"license_key": ${JSON.stringify(licenseKey)}`,
    `"client_id": ${JSON.stringify(clientId)}`,
    `"reg_date": "${localTime(issuedAtMs, zone)}"`,
  );
}

function jsonObject(...members: readonly string[]): string {
  return `{\n            ${members.join(",\n            ")}\n        }`;
}

function xmlLayout(operation: Operation): Layout {
  const { status, dataClass } = operations[operation];
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n    <Status>${status}</Status>\n`;
  return {
    contentType: "application/xml;charset=UTF-8",
    open: `${head}    <Data${dataClass}>\n`,
    between: "",
    close: "    </Data>\n</Response>\n",
    empty: `${head}    <Data${dataClass} />\n</Response>\n`,
    license: licenseXml,
  };
}

/** A machine has an element only if there is one; the date of creation never does. */
function licenseXml({ clientId, productCode, licenseKey, macAddress, status }: License): string {
  return (
    "        <License>\n" +
    xmlElement("ClientId", clientId) +
    xmlElement("ProductCode", productCode) +
    xmlElement("LicenseKey", licenseKey) +
    (macAddress === null ? "" : xmlElement("MacAddress", macAddress)) +
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
