import type { Dialect, Fault } from "../dialect.ts";
import { changing, errorResponse, reading } from "./answer.ts";
import {
  createBarcode,
  getBarcode,
  invalidateBarcode,
  listBarcodeRange,
  listBarcodes,
  redeemBarcode,
} from "./barcodes.ts";
import { clientFile } from "./client.ts";
import { bodyBytesMax } from "./decode.ts";
import { changeEvent, createEvent, deleteEvent, getEvent, listEvents } from "./events.ts";
import { listApikeys, listEventApikeys } from "./keys.ts";
import { barcodeLog, conflictList, eventLog } from "./logs.ts";
import { type ErrorName, ProtocolError } from "./refusals.ts";
import { sample } from "./sample.ts";
import { settings } from "./settings.ts";
import { adviseOnShortKeys } from "./short-keys.ts";

/** The ticket server of the NOKKIS project; SPEC.md beside this file lists its clauses and our choices. */
export const nokkis: Dialect = {
  name: "nokkis",
  productKinds: [{ kind: "event", called: "event" }],
  prefixes: ["/nokkis"],
  bodyBytesMax,
  settings: settings.list,
  sample,
  adviseAtStart: adviseOnShortKeys,
  routes: [
    { method: "GET", path: "/nokkis", clause: "NOKKIS GET", handle: reading(listEvents) },
    { method: "POST", path: "/nokkis", clause: "NOKKIS POST", handle: changing(createEvent) },

    { method: "GET", path: "/nokkis/CLIENT/:apikey", clause: "CLIENT GET", handle: reading(clientFile) },

    { method: "GET", path: "/nokkis/KEY", clause: "APIKEY GET", handle: reading(listApikeys) },
    {
      method: "GET",
      path: "/nokkis/:event/KEY",
      clause: "APIKEY (BY EVENT) GET, no key named",
      handle: reading(listEventApikeys),
    },
    {
      method: "GET",
      path: "/nokkis/:event/KEY/:key",
      clause: "APIKEY (BY EVENT) GET",
      handle: reading(listEventApikeys),
    },

    { method: "GET", path: "/nokkis/:event", clause: "EVENT GET", handle: reading(getEvent) },
    { method: "PUT", path: "/nokkis/:event", clause: "EVENT PUT", handle: changing(changeEvent) },
    { method: "DELETE", path: "/nokkis/:event", clause: "EVENT DELETE", handle: changing(deleteEvent) },
    { method: "GET", path: "/nokkis/:event/LOG", clause: "EVENT_LOG GET", handle: reading(eventLog) },

    { method: "POST", path: "/nokkis/:event/BARCODE", clause: "BARCODE POST", handle: changing(createBarcode) },
    { method: "GET", path: "/nokkis/:event/BARCODE", clause: "BARCODE GET", handle: reading(listBarcodes) },
    {
      method: "GET",
      path: "/nokkis/:event/BARCODE/LIST/:range",
      clause: "BARCODE_LIST GET",
      handle: reading(listBarcodeRange),
    },
    { method: "GET", path: "/nokkis/:event/BARCODE/LOG", clause: "BARCODE_LOG GET", handle: reading(barcodeLog) },
    {
      method: "GET",
      path: "/nokkis/:event/BARCODE/LOG/:range",
      clause: "BARCODE_ID_LOG GET",
      handle: reading(barcodeLog),
    },
    {
      method: "GET",
      path: "/nokkis/:event/BARCODE/CONFLICTS",
      clause: "extension: barcodes that were used twice",
      handle: reading(conflictList),
    },
    {
      method: "GET",
      path: "/nokkis/:event/barcode/:key",
      clause: "BARCODE_BY_KEY GET",
      handle: reading(getBarcode),
    },
    {
      method: "PUT",
      path: "/nokkis/:event/barcode/:key",
      clause: "BARCODE_BY_KEY PUT",
      handle: changing(redeemBarcode),
    },
    {
      method: "DELETE",
      path: "/nokkis/:event/barcode/:key",
      clause: "BARCODE_BY_KEY DELETE",
      handle: changing(invalidateBarcode),
    },
  ],

  fault(fault, organization) {
    const response = errorResponse(
      new ProtocolError(faults[fault.kind], reasons[fault.kind]),
      settings.read(organization?.settings),
    );
    if (fault.kind !== "method_not_defined") return response;
    return { ...response, status: 405, headers: { ...response.headers, allow: fault.allowed.join(", ") } };
  },
};

const faults: Record<Fault["kind"], ErrorName> = {
  body_too_large: "invalidXml",
  coding_unknown: "invalidXml",
  request_broken: "invalidXml",
  path_unknown: "notDefined",
  method_not_defined: "notDefined",
  unavailable: "noDatabase",
  busy: "noDatabase",
  broken: "databaseError",
};

/** What error 3 does not say. */
const reasons: Partial<Record<Fault["kind"], string>> = {
  body_too_large: `the body is longer than ${bodyBytesMax} bytes`,
  coding_unknown: "the Content-Encoding is not known",
  request_broken: "the request, its path or the coding of its body cannot be read",
};
