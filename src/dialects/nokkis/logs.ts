import { everyPage } from "../../queries/pages.ts";
import { type Act, inEvent, linesOf, streamed } from "./answer.ts";
import { admitAdmin, type Call } from "./auth.ts";
import { readRange, readSince } from "./decode.ts";
import { barcodeActionLines, conflictLines, eventActionLines } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { findEvent } from "./events.ts";

/** The event whose log an operator reads, also one that was invalidated. Error 10 or 24. */
async function loggedEvent(call: Call): Promise<number | ProtocolError> {
  const visitor = await admitAdmin(call, "read_log");
  if (visitor instanceof ProtocolError) return visitor;
  const event = await findEvent(call);
  return event === undefined ? new ProtocolError("eventNotFound") : event.product.id;
}

/** EVENT_LOG GET: what was done to the event itself. */
export const eventLog: Act = async (call) => {
  const productId = await loggedEvent(call);
  if (productId instanceof ProtocolError) return productId;
  const since = readSince(call.request.query);
  if (since instanceof ProtocolError) return since;
  const { organization, queries } = call.context;
  const pages = everyPage(queries.log.entries, organization.id, { productId, about: "product", ...since });
  return streamed(inEvent(productId, linesOf(pages, eventActionLines)));
};

/** BARCODE_LOG GET, and BARCODE_ID_LOG GET for the barcodes of a range; a single key means that barcode only. */
export const barcodeLog: Act = async (call) => {
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

/** An extension: barcodes that were used twice, as offline gates find out only later. */
export const conflictList: Act = async (call) => {
  const productId = await loggedEvent(call);
  if (productId instanceof ProtocolError) return productId;
  const { organization, queries } = call.context;
  return streamed(
    inEvent(productId, linesOf(everyPage(queries.conflicts.list, organization.id, productId), conflictLines)),
  );
};
