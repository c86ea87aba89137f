import type { Dialect, Fault } from "../dialect.ts";
import { failureResponse, handler } from "./answer.ts";
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
import { type ErrorName, Failure } from "./refusals.ts";
import { checkSetting, readSettings, settingDescriptions } from "./settings.ts";

/** The ticket server of the NOKKIS project; SPEC.md beside this file lists its clauses and our choices. */
export const nokkis: Dialect = {
  name: "nokkis",
  prefixes: ["/nokkis"],
  bodyBytesMax,
  settings: settingDescriptions,
  checkSetting,
  routes: [
    { method: "GET", path: "/nokkis", clause: "NOKKIS GET", handle: handler(listEvents) },
    { method: "POST", path: "/nokkis", clause: "NOKKIS POST", handle: handler(createEvent) },

    { method: "GET", path: "/nokkis/CLIENT/:apikey", clause: "CLIENT GET", handle: handler(clientFile) },

    { method: "GET", path: "/nokkis/KEY", clause: "APIKEY GET", handle: handler(listApikeys) },
    {
      method: "GET",
      path: "/nokkis/:event/KEY",
      clause: "APIKEY (BY EVENT) GET, no key named",
      handle: handler(listEventApikeys),
    },
    {
      method: "GET",
      path: "/nokkis/:event/KEY/:key",
      clause: "APIKEY (BY EVENT) GET",
      handle: handler(listEventApikeys),
    },

    { method: "GET", path: "/nokkis/:event", clause: "EVENT GET", handle: handler(getEvent) },
    { method: "PUT", path: "/nokkis/:event", clause: "EVENT PUT", handle: handler(changeEvent) },
    { method: "DELETE", path: "/nokkis/:event", clause: "EVENT DELETE", handle: handler(deleteEvent) },
    { method: "GET", path: "/nokkis/:event/LOG", clause: "EVENT_LOG GET", handle: handler(eventLog) },

    { method: "POST", path: "/nokkis/:event/BARCODE", clause: "BARCODE POST", handle: handler(createBarcode) },
    { method: "GET", path: "/nokkis/:event/BARCODE", clause: "BARCODE GET", handle: handler(listBarcodes) },
    {
      method: "GET",
      path: "/nokkis/:event/BARCODE/LIST/:range",
      clause: "BARCODE_LIST GET",
      handle: handler(listBarcodeRange),
    },
    { method: "GET", path: "/nokkis/:event/BARCODE/LOG", clause: "BARCODE_LOG GET", handle: handler(barcodeLog) },
    {
      method: "GET",
      path: "/nokkis/:event/BARCODE/LOG/:range",
      clause: "BARCODE_ID_LOG GET",
      handle: handler(barcodeLog),
    },
    {
      method: "GET",
      path: "/nokkis/:event/BARCODE/CONFLICTS",
      clause: "extension: barcodes that were used twice",
      handle: handler(conflictList),
    },
    {
      method: "GET",
      path: "/nokkis/:event/barcode/:key",
      clause: "BARCODE_BY_KEY GET",
      handle: handler(getBarcode),
    },
    {
      method: "PUT",
      path: "/nokkis/:event/barcode/:key",
      clause: "BARCODE_BY_KEY PUT",
      handle: handler(redeemBarcode),
    },
    {
      method: "DELETE",
      path: "/nokkis/:event/barcode/:key",
      clause: "BARCODE_BY_KEY DELETE",
      handle: handler(invalidateBarcode),
    },
  ],

  fault(fault, organization) {
    const response = failureResponse(new Failure(faults[fault.kind]), readSettings(organization));
    if (fault.kind !== "method_not_defined") return response;
    return { ...response, status: 405, headers: { ...response.headers, allow: fault.allowed.join(", ") } };
  },
};

const faults: Record<Fault["kind"], ErrorName> = {
  body_too_large: "invalidXml",
  request_broken: "invalidXml",
  path_unknown: "notDefined",
  method_not_defined: "notDefined",
  unavailable: "noDatabase",
  broken: "databaseError",
};
