import { type Dialect, type Fault, type Handler, type Route, withAllow } from "../dialect.ts";
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
import { commandLine } from "./command-line.ts";
import { bodyBytesMax } from "./decode.ts";
import { type ErrorName, ProtocolError } from "./errors.ts";
import { changeEvent, createEvent, deleteEvent, getEvent, listEvents } from "./events.ts";
import { listApikeys, listEventApikeys } from "./keys.ts";
import { barcodeLog, conflictList, eventLog } from "./logs.ts";
import { settings } from "./settings.ts";

/** One route a line: its method, path and clause, and the handler that reads or changes something. */
const routes: readonly (readonly [Route["method"], path: string, clause: string, Handler])[] = [
  ["GET", "/nokkis", "NOKKIS GET", reading(listEvents)],
  ["POST", "/nokkis", "NOKKIS POST", changing(createEvent)],

  ["GET", "/nokkis/CLIENT/:apikey", "CLIENT GET", reading(clientFile)],

  ["GET", "/nokkis/KEY", "APIKEY GET", reading(listApikeys)],
  ["GET", "/nokkis/:event/KEY", "APIKEY (BY EVENT) GET, no key named", reading(listEventApikeys)],
  ["GET", "/nokkis/:event/KEY/:key", "APIKEY (BY EVENT) GET", reading(listEventApikeys)],

  ["GET", "/nokkis/:event", "EVENT GET", reading(getEvent)],
  ["PUT", "/nokkis/:event", "EVENT PUT", changing(changeEvent)],
  ["DELETE", "/nokkis/:event", "EVENT DELETE", changing(deleteEvent)],
  ["GET", "/nokkis/:event/LOG", "EVENT_LOG GET", reading(eventLog)],

  ["POST", "/nokkis/:event/BARCODE", "BARCODE POST", changing(createBarcode)],
  ["GET", "/nokkis/:event/BARCODE", "BARCODE GET", reading(listBarcodes)],
  ["GET", "/nokkis/:event/BARCODE/LIST/:range", "BARCODE_LIST GET", reading(listBarcodeRange)],
  ["GET", "/nokkis/:event/BARCODE/LOG", "BARCODE_LOG GET", reading(barcodeLog)],
  ["GET", "/nokkis/:event/BARCODE/LOG/:range", "BARCODE_ID_LOG GET", reading(barcodeLog)],
  ["GET", "/nokkis/:event/BARCODE/CONFLICTS", "extension: barcodes that were used twice", reading(conflictList)],
  ["GET", "/nokkis/:event/barcode/:key", "BARCODE_BY_KEY GET", reading(getBarcode)],
  ["PUT", "/nokkis/:event/barcode/:key", "BARCODE_BY_KEY PUT", changing(redeemBarcode)],
  ["DELETE", "/nokkis/:event/barcode/:key", "BARCODE_BY_KEY DELETE", changing(invalidateBarcode)],
];

/** The ticket server of the NOKKIS project; SPEC.md beside this file lists its clauses and our choices. */
export const nokkis: Dialect = {
  name: "nokkis",
  ...commandLine,
  prefixes: ["/nokkis"],
  bodyBytesMax,
  routes: routes.map(([method, path, clause, handle]) => ({ method, path, clause, handle })),

  fault(fault, organization) {
    const error = new ProtocolError(faults[fault.kind], reasons[fault.kind]);
    const response = withAllow(errorResponse(error, settings.read(organization?.settings)), fault);
    return fault.kind === "method_not_defined" ? { ...response, status: 405 } : response;
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

/** Details that error 3 does not tell. */
const reasons: Partial<Record<Fault["kind"], string>> = {
  body_too_large: `the body is longer than ${bodyBytesMax} bytes`,
  coding_unknown: "the Content-Encoding is not known",
  request_broken: "the request, its path or the coding of its body cannot be read",
};
