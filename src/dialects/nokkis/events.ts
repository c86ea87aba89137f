import { idOf } from "../../core/principal.ts";
import type { OpenableProduct } from "../../core/product.ts";
import { everyPage } from "../../queries/pages.ts";
import { type Act, answer, type Change, execute, linesOf, streamed } from "./answer.ts";
import { admitAdmin, admitReader, type Call } from "./auth.ts";
import { readEventChange, readEventId, readNewEvent } from "./decode.ts";
import { eventLines } from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";

/** The event of the path with its apikeys, also one that was invalidated; `undefined` when there is none. */
export async function findEvent({ request, context }: Call): Promise<OpenableProduct | undefined> {
  const id = readEventId(request.params.event);
  const found = id === undefined ? undefined : await context.queries.products.byId(context.organization.id, id);
  return found?.product.kind === "event" ? found : undefined;
}

/** The same, but for one that was invalidated. */
export async function findLiveEvent(call: Call): Promise<OpenableProduct | undefined> {
  const found = await findEvent(call);
  return found?.product.retiredAtMs === null ? found : undefined;
}

/** NOKKIS GET: the events; for an apikey, those that it opens. */
export const listEvents: Act = async (call) => {
  const admitted = await admitReader(call);
  if (admitted instanceof ProtocolError) return admitted;
  const { visitor, manages } = admitted;
  const { organization, queries } = call.context;
  const accessKeyId = idOf(visitor.principal, "access_key");
  const own = accessKeyId !== null && !manages ? { accessKeyId } : {};
  const pages = everyPage(queries.products.list, organization.id, { kind: "event", ...own });
  return streamed(linesOf(pages, (product) => eventLines(product, [])));
};

/** NOKKIS POST: a new event. The specification shows no answer; the event is what its caller needs. */
export const createEvent: Change = async (call, root) => {
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof ProtocolError) return visitor;
  const terms = readNewEvent(root);
  if (terms instanceof ProtocolError) return terms;
  const outcome = await execute(call, visitor, { verb: "create_product", kind: "event", terms });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal, "event");
  return answer(eventLines(outcome.value.product, outcome.value.accessKeys));
};

/**
 * EVENT GET. Whoever administers sees all apikeys of the event, a gate only the one that it presented: one gate is not
 * told the keys of the others.
 */
export const getEvent: Act = async (call) => {
  const admitted = await admitReader(call);
  if (admitted instanceof ProtocolError) return admitted;
  const { visitor, manages } = admitted;
  const event = await findLiveEvent(call);
  if (event === undefined) return new ProtocolError("eventNotFound");
  const presented = visitor.key === undefined ? [] : [visitor.key];
  return answer(eventLines(event.product, manages ? event.accessKeys : presented));
};

/** EVENT PUT: what is absent keeps its value. */
export const changeEvent: Change = async (call, root) => {
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof ProtocolError) return visitor;
  const terms = readEventChange(root);
  if (terms instanceof ProtocolError) return terms;
  const productId = readEventId(call.request.params.event);
  if (productId === undefined) return new ProtocolError("eventToChangeMissing");
  const outcome = await execute(call, visitor, { verb: "change_product", productId, terms });
  if (!outcome.ok) return protocolErrorOf(outcome.refusal, "event");
  return answer(eventLines(outcome.value.product, outcome.value.accessKeys));
};

/** EVENT DELETE: gone if it never had a barcode, otherwise invalidated. */
export const deleteEvent: Change = async (call) => {
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof ProtocolError) return visitor;
  const productId = readEventId(call.request.params.event);
  if (productId === undefined) return new ProtocolError("eventToChangeMissing");
  const outcome = await execute(call, visitor, { verb: "retire_product", productId });
  return outcome.ok ? answer("") : protocolErrorOf(outcome.refusal, "event");
};
