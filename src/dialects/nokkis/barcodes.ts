import type { OpenableProduct } from "../../core/product.ts";
import { everyPage } from "../../queries/pages.ts";
import { type Act, answer, type Change, execute, inEvent, linesOf, present, streamed } from "./answer.ts";
import { admitAdmin, admitGate, type Call, type Visitor } from "./auth.ts";
import { readActionTime, readEventId, readFields, readHolder, readKey, readRange } from "./decode.ts";
import { barcodeLines, eventLine, keyLine } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { findEvent } from "./events.ts";

/** Digits of a new barcode's key: about 59.6 bits, not to be guessed at a gate. */
const keyDigits = 18;

/** BARCODE POST: a new barcode, for a user if one is named. */
export const createBarcode: Change = async (call, root) => {
  const visitor = await admitAdmin(call, "manage_entitlements");
  if (visitor instanceof ProtocolError) return visitor;
  const holder = readHolder(root);
  if (holder instanceof ProtocolError) return holder;
  const productId = readEventId(call.request.params.event);
  if (productId === undefined) return new ProtocolError("eventOfBarcodeMissing");
  const code = { randomDigits: keyDigits };
  const outcome = await execute(call, visitor, { verb: "issue", productId, holder, code });
  return outcome.ok ? answer(keyLine(outcome.value.entitlement)) : protocolErrorOf(outcome.refusal, "barcodeCreate");
};

/** The event whose barcodes a gate or an operator reads, also one that was invalidated. Error 11, 10 or 40. */
async function readableEvent(call: Call): Promise<(OpenableProduct & { readonly visitor: Visitor }) | ProtocolError> {
  const visitor = await admitGate(call);
  if (visitor instanceof ProtocolError) return visitor;
  const event = await findEvent(call);
  return event === undefined ? new ProtocolError("barcodeNotFound") : { ...event, visitor };
}

/** BARCODE GET: every barcode that was not invalidated, used ones too; with `?format=keys` only their keys. */
export const listBarcodes: Act = async (call) => {
  const event = await readableEvent(call);
  if (event instanceof ProtocolError) return event;
  const { product } = event;
  const { organization, queries } = call.context;
  const pages = everyPage(queries.entitlements.list, organization.id, { productId: product.id, unrevokedOnly: true });
  if (readFields(call.request.query).get("format") === "keys") {
    return streamed(inEvent(product.id, linesOf(pages, keyLine)));
  }
  const line = eventLine(product);
  return streamed(linesOf(pages, (entitlement) => barcodeLines(entitlement, product, line)));
};

/** BARCODE_LIST GET: barcodes from a key, or between two, in numeric order; invalidated ones too. */
export const listBarcodeRange: Act = async (call) => {
  const event = await readableEvent(call);
  if (event instanceof ProtocolError) return event;
  const codes = readRange(call.request.params.range);
  if (codes instanceof ProtocolError) return codes;
  const { product } = event;
  const { organization, queries } = call.context;
  const line = eventLine(product);
  const pages = everyPage(queries.entitlements.list, organization.id, { productId: product.id, codes });
  return streamed(linesOf(pages, (entitlement) => barcodeLines(entitlement, product, line)));
};

/** BARCODE_BY_KEY GET. Error 10 also for who asks for too many that are none. */
export const getBarcode: Act = async (call) => {
  const event = await readableEvent(call);
  if (event instanceof ProtocolError) return event;
  const { product, visitor } = event;
  const { organization, queries } = call.context;
  const key = readKey(call.request.params.key);
  if (key === undefined) return new ProtocolError("barcodeNotFound");
  const find = async () => {
    const found = await queries.entitlements.byCode(organization.id, key);
    return found?.productId === product.id ? found : undefined;
  };
  const entitlement = await present(call, visitor, key, find, (found) => found === undefined);
  if (entitlement instanceof ProtocolError) return entitlement;
  if (entitlement === undefined) return new ProtocolError("barcodeNotFound");
  return answer(barcodeLines(entitlement, product, eventLine(product)));
};

/**
 * BARCODE_BY_KEY PUT: uses a barcode, once. Errors in this order: 3, 11, 10 (also for who presents too many that are
 * none), 40, 44, 43, 45, 46.
 */
export const redeemBarcode: Change = async (call, root) => {
  const occurredAt = readActionTime(root);
  if (occurredAt instanceof ProtocolError) return occurredAt;
  const visitor = await admitGate(call, root);
  if (visitor instanceof ProtocolError) return visitor;
  const productId = readEventId(call.request.params.event);
  const code = readKey(call.request.params.key);
  if (productId === undefined || code === undefined) return new ProtocolError("barcodeNotFound");
  const redeem = () => execute(call, visitor, { verb: "redeem", productId, code, ...occurredAt });
  const outcome = await present(
    call,
    visitor,
    code,
    redeem,
    (one) => !one.ok && one.refusal === "entitlement_not_found",
  );
  if (outcome instanceof ProtocolError) return outcome;
  if (!outcome.ok) return protocolErrorOf(outcome.refusal, "barcode");
  const { product, entitlement } = outcome.value;
  return answer(barcodeLines(entitlement, product, eventLine(product)));
};

/** BARCODE_BY_KEY DELETE: invalidates a barcode; doing it again is a success. */
export const invalidateBarcode: Change = async (call) => {
  const visitor = await admitAdmin(call, "manage_entitlements");
  if (visitor instanceof ProtocolError) return visitor;
  const productId = readEventId(call.request.params.event);
  const code = readKey(call.request.params.key);
  if (productId === undefined || code === undefined) return new ProtocolError("barcodeNotFound");
  const outcome = await execute(call, visitor, { verb: "revoke", productId, code });
  return outcome.ok ? answer("") : protocolErrorOf(outcome.refusal, "barcode");
};
