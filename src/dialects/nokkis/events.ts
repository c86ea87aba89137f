import { idOf } from "../../core/principal.ts";
import type { OpenableProduct } from "../../core/product.ts";
import { everyPage } from "../../queries/pages.ts";
import { answer, type CallHandler, type ChangeHandler, execute, linesOf, streamed } from "./answer.ts";
import { admitAdmin, admitReader, type Call } from "./auth.ts";
import { readEventChange, readEventId, readNewEvent } from "./decode.ts";
import { eventLines } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";

/** The event of the path with its apikeys, also an invalidated one; `undefined` when there is none. */
export async function findEvent({ request, context }: Call): Promise<OpenableProduct | undefined> {
  const id = readEventId(request.params.event);
  const found = id === undefined ? undefined : await context.queries.products.byId(context.organization.id, id);
  return found?.product.kind === "event" ? found : undefined;
}

/** The same without invalidated events. */
export async function findLiveEvent(call: Call): Promise<OpenableProduct | undefined> {
  const found = await findEvent(call);
  return found?.product.retiredAtMs === null ? found : undefined;
}

/** NOKKIS GET: the events; for an apikey only the events that it opens. */
export const listEvents: CallHandler = async (call) => {
  const admitted = await admitReader(call);
  if (admitted instanceof ProtocolError) return admitted;
  const { caller, manages } = admitted;
  const { organization, queries } = call.context;
  const accessKeyId = idOf(caller.principal, "access_key");
  const own = accessKeyId !== null && !manages ? { accessKeyId } : {};
  const pages = everyPage(queries.products.list, organization.id, { kind: "event", ...own });
  return streamed(linesOf(pages, (product) => eventLines(product, [])));
};

/** NOKKIS POST: a new event. The specification shows no answer; ours is the event. */
export const createEvent: ChangeHandler = async (call, root) => {
  const caller = await admitAdmin(call, "manage_products");
  if (caller instanceof ProtocolError) return caller;
  const terms = readNewEvent(root);
  if (terms instanceof ProtocolError) return terms;
  const outcome = await execute(call, caller, { verb: "create_product", kind: "event", terms });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal, "event");
  return answer(eventLines(outcome.value.product, outcome.value.accessKeys));
};

/** EVENT GET. A caller who manages events sees all apikeys of the event; a gate sees only the one it presented. */
export const getEvent: CallHandler = async (call) => {
  const admitted = await admitReader(call);
  if (admitted instanceof ProtocolError) return admitted;
  const { caller, manages } = admitted;
  const event = await findLiveEvent(call);
  if (event === undefined) return new ProtocolError("eventNotFound");
  const presented = caller.key === undefined ? [] : [caller.key];
  return answer(eventLines(event.product, manages ? event.accessKeys : presented));
};

/** EVENT PUT: an absent element keeps its value. */
export const changeEvent: ChangeHandler = async (call, root) => {
  const caller = await admitAdmin(call, "manage_products");
  if (caller instanceof ProtocolError) return caller;
  const terms = readEventChange(root);
  if (terms instanceof ProtocolError) return terms;
  const productId = readEventId(call.request.params.event);
  if (productId === undefined) return new ProtocolError("eventToChangeMissing");
  const outcome = await execute(call, caller, { verb: "change_product", productId, terms });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal, "event");
  return answer(eventLines(outcome.value.product, outcome.value.accessKeys));
};

/** EVENT DELETE: deletes an event that never had a barcode, and invalidates any other. */
export const deleteEvent: ChangeHandler = async (call) => {
  const caller = await admitAdmin(call, "manage_products");
  if (caller instanceof ProtocolError) return caller;
  const productId = readEventId(call.request.params.event);
  if (productId === undefined) return new ProtocolError("eventToChangeMissing");
  const outcome = await execute(call, caller, { verb: "retire_product", productId });
  return outcome.ok ? answer("") : protocolErrorOf(outcome.refusal, "event");
};
