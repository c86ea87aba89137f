import { everyPage } from "../../queries/pages.ts";
import { type CallHandler, inEvent, linesOf, streamed } from "./answer.ts";
import { admitAdmin, type Call } from "./auth.ts";
import { readRange, readSince } from "./decode.ts";
import { barcodeActionLines, conflictLines, eventActionLines } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { findEvent } from "./events.ts";

/**
 * The id of the event of the path, for an operator who may read the log; also of an invalidated event. Error 10 or 24.
 */
async function loggedEvent(call: Call): Promise<number | ProtocolError> {
  const caller = await admitAdmin(call, "read_log");
  if (caller instanceof ProtocolError) return caller;
  const event = await findEvent(call);
  return event === undefined ? new ProtocolError("eventNotFound") : event.product.id;
}

/** EVENT_LOG GET: the actions on the event itself. */
export const eventLog: CallHandler = async (call) => {
  const productId = await loggedEvent(call);
  if (productId instanceof ProtocolError) return productId;
  const since = readSince(call.request.query);
  if (since instanceof ProtocolError) return since;
  const { organization, queries } = call.context;
  const pages = everyPage(queries.log.entries, organization.id, { productId, about: "product", ...since });
  return streamed(inEvent(productId, linesOf(pages, eventActionLines)));
};

/** BARCODE_LOG GET, and BARCODE_ID_LOG GET for the barcodes of a range; a single key means one barcode. */
export const barcodeLog: CallHandler = async (call) => {
  const productId = await loggedEvent(call);
  if (productId instanceof ProtocolError) return productId;
  const since = readSince(call.request.query);
  if (since instanceof ProtocolError) return since;
  const { range } = call.request.params;
  const codes = range === undefined ? undefined : readRange(range);
  if (codes instanceof ProtocolError) return codes;
  const { organization, queries } = call.context;
  const pages = everyPage(queries.log.entries, organization.id, {
    productId,
    about: "entitlements",
    ...(codes === undefined ? {} : { codes: { last: codes.first, ...codes } }),
    ...since,
  });
  return streamed(inEvent(productId, linesOf(pages, barcodeActionLines)));
};

/** An extension: barcodes that were used twice. Offline gates report them only later. */
export const conflictList: CallHandler = async (call) => {
  const productId = await loggedEvent(call);
  if (productId instanceof ProtocolError) return productId;
  const { organization, queries } = call.context;
  return streamed(
    inEvent(productId, linesOf(everyPage(queries.conflicts.list, organization.id, productId), conflictLines)),
  );
};
