import type { OpenableProduct } from "../../core/product.ts";
import { everyPage } from "../../queries/pages.ts";
import {
  answer,
  type CallHandler,
  type ChangeHandler,
  execute,
  inEvent,
  linesOf,
  present,
  streamed,
} from "./answer.ts";
import { admitAdmin, admitBarcodeReader, admitGate, type Call, type Caller, viewOf } from "./auth.ts";
import { readActionTime, readEventId, readFields, readHolder, readKey, readRange } from "./decode.ts";
import { barcodeLines, eventLine, keyLine } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { findEvent } from "./events.ts";

/** Digits of a new barcode's key: about 59.6 bits, too many to guess at a gate. */
const keyDigits = 18;

/** BARCODE POST: a new barcode, for a user if one is named. */
export const createBarcode: ChangeHandler = async (call, root) => {
  const caller = await admitAdmin(call, "manage_entitlements");
  if (caller instanceof ProtocolError) return caller;
  const holder = readHolder(root);
  if (holder instanceof ProtocolError) return holder;
  const productId = readEventId(call.request.params.event);
  if (productId === undefined) return new ProtocolError("eventOfBarcodeMissing");
  const code = { randomDigits: keyDigits };
  const outcome = await execute(call, caller, { verb: "issue", productId, holder, code });
  return outcome.ok ? answer(keyLine(outcome.value.entitlement)) : protocolErrorOf(outcome.refusal, "barcodeCreate");
};

/**
 * The event of the path for a gate or an operator who reads barcodes; also an invalidated event. Error 11, 10 or 40.
 */
async function readableEvent(call: Call): Promise<(OpenableProduct & { readonly caller: Caller }) | ProtocolError> {
  const caller = await admitBarcodeReader(call);
  if (caller instanceof ProtocolError) return caller;
  const event = await findEvent(call);
  return event === undefined ? new ProtocolError("barcodeNotFound") : { ...event, caller };
}

/** BARCODE GET: every barcode that was not invalidated and is not suspended, used ones too; with `?format=keys` only their keys. */
export const listBarcodes: CallHandler = async (call) => {
  const event = await readableEvent(call);
  if (event instanceof ProtocolError) return event;
  const { product, caller } = event;
  const { organization, queries } = call.context;
  const pages = everyPage(queries.entitlements.list, organization.id, { productId: product.id, inForceOnly: true });
  if (readFields(call.request.query).get("format") === "keys") {
    return streamed(inEvent(product.id, linesOf(pages, keyLine)));
  }
  const line = eventLine(product);
  const view = viewOf(caller);
  return streamed(linesOf(pages, (entitlement) => barcodeLines(entitlement, product, line, view)));
};

/** BARCODE_LIST GET: barcodes from a key, or between two, in numeric order; invalidated ones too. */
export const listBarcodeRange: CallHandler = async (call) => {
  const event = await readableEvent(call);
  if (event instanceof ProtocolError) return event;
  const codes = readRange(call.request.params.range);
  if (codes instanceof ProtocolError) return codes;
  const { product, caller } = event;
  const { organization, queries } = call.context;
  const line = eventLine(product);
  const view = viewOf(caller);
  const pages = everyPage(queries.entitlements.list, organization.id, { productId: product.id, codes });
  return streamed(linesOf(pages, (entitlement) => barcodeLines(entitlement, product, line, view)));
};

/** BARCODE_BY_KEY GET. Error 10 also after too many unknown keys. */
export const getBarcode: CallHandler = async (call) => {
  const event = await readableEvent(call);
  if (event instanceof ProtocolError) return event;
  const { product, caller } = event;
  const { organization, queries } = call.context;
  const key = readKey(call.request.params.key);
  if (key === undefined) return new ProtocolError("barcodeNotFound");
  const find = async () => {
    const found = await queries.entitlements.byCode(organization.id, key);
    return found?.productId === product.id ? found : undefined;
  };
  const entitlement = await present(call, caller, key, find, (found) => found === undefined);
  if (entitlement instanceof ProtocolError) return entitlement;
  if (entitlement === undefined) return new ProtocolError("barcodeNotFound");
  return answer(barcodeLines(entitlement, product, eventLine(product), viewOf(caller)));
};

/**
 * BARCODE_BY_KEY PUT: uses a barcode, once. Errors in this order: 3, 11, 10 (also after too many unknown keys), 40, 44,
 * 43, 45, 46.
 */
export const redeemBarcode: ChangeHandler = async (call, root) => {
  const occurredAt = readActionTime(root);
  if (occurredAt instanceof ProtocolError) return occurredAt;
  const caller = await admitGate(call, root);
  if (caller instanceof ProtocolError) return caller;
  const productId = readEventId(call.request.params.event);
  const code = readKey(call.request.params.key);
  if (productId === undefined || code === undefined) return new ProtocolError("barcodeNotFound");
  const admits = caller.admits === undefined ? {} : { admits: caller.admits };
  const redeem = () => execute(call, caller, { verb: "redeem", productId, code, ...occurredAt, ...admits });
  const outcome = await present(
    call,
    caller,
    code,
    redeem,
    (one) => !one.ok && one.refusal === "entitlement_not_found",
  );
  if (outcome instanceof ProtocolError) return outcome;
  if (!outcome.ok) return protocolErrorOf(outcome.refusal, "barcode");
  const { product, entitlement } = outcome.value;
  return answer(barcodeLines(entitlement, product, eventLine(product), viewOf(caller)));
};

/** BARCODE_BY_KEY DELETE: invalidates a barcode; doing it again is a success. */
export const invalidateBarcode: ChangeHandler = async (call) => {
  const caller = await admitAdmin(call, "manage_entitlements");
  if (caller instanceof ProtocolError) return caller;
  const productId = readEventId(call.request.params.event);
  const code = readKey(call.request.params.key);
  if (productId === undefined || code === undefined) return new ProtocolError("barcodeNotFound");
  const outcome = await execute(call, caller, { verb: "revoke", productId, code });
  return outcome.ok ? answer("") : protocolErrorOf(outcome.refusal, "barcode");
};
