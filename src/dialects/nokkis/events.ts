import { type Act, answer, execute, linesOf, streamed } from "./answer.ts";
import { admitAdmin, admitGate, findEvent, refuseEvent } from "./auth.ts";
import { readBody, readEventChange, readEventId, readNewEvent } from "./decode.ts";
import { eventLines } from "./encode.ts";
import { Failure, failureOf } from "./refusals.ts";

/** NOKKIS GET: the events; for an apikey, those that it opens. */
export const listEvents: Act = async (call) => {
  const { context } = call;
  const admin = await admitAdmin(call, "manage_products");
  const visitor = admin instanceof Failure ? await admitGate(call) : admin;
  if (visitor instanceof Failure) return visitor;
  const own = visitor.kind === "access_key" && admin instanceof Failure ? { accessKeyId: visitor.accessKey.id } : {};
  const pages = context.reader.products(context.organization.id, { kind: "event", ...own });
  return streamed(linesOf(pages, (product) => eventLines(product, [])));
};

/** NOKKIS POST: a new event. The specification shows no answer; the event is what its caller needs. */
export const createEvent: Act = async (call) => {
  const root = readBody(call.request.body);
  if (root instanceof Failure) return root;
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof Failure) return visitor;
  const terms = readNewEvent(root);
  if (terms instanceof Failure) return terms;
  const outcome = await execute(call, visitor, { verb: "create_product", kind: "event", terms });
  if (outcome instanceof Failure) return outcome;
  if (!outcome.ok) return failureOf(outcome.refusal, "eventChange");
  return answer(eventLines(outcome.value.product, outcome.value.accessKeys));
};

/**
 * EVENT GET. Whoever administers sees all apikeys of the event, a gate only the one that it presented: one gate is not
 * told the keys of the others.
 */
export const getEvent: Act = async (call) => {
  const id = readEventId(call.request.params.event);
  const admin = await admitAdmin(call, "manage_products");
  const visitor = admin instanceof Failure ? await admitGate(call) : admin;
  if (visitor instanceof Failure) return visitor;
  const refused = admin instanceof Failure ? refuseEvent(visitor, id) : undefined;
  if (refused !== undefined) return refused;
  const found = await findEvent(call, id);
  if (found === undefined || found.product.retiredAtMs !== null) return new Failure("eventNotFound");
  const presented = visitor.kind === "access_key" ? [visitor.key] : [];
  return answer(eventLines(found.product, admin instanceof Failure ? presented : found.accessKeys));
};

/** EVENT PUT: what is absent keeps its value. */
export const changeEvent: Act = async (call) => {
  const root = readBody(call.request.body);
  if (root instanceof Failure) return root;
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof Failure) return visitor;
  const terms = readEventChange(root);
  if (terms instanceof Failure) return terms;
  const event = await findEvent(call, readEventId(call.request.params.event));
  if (event === undefined) return new Failure("eventToChangeMissing");
  const productId = event.product.id;
  const outcome = await execute(call, visitor, { verb: "change_product", productId, terms });
  if (outcome instanceof Failure) return outcome;
  if (!outcome.ok) return failureOf(outcome.refusal, "eventChange");
  return answer(eventLines(outcome.value.product, outcome.value.accessKeys));
};

/** EVENT DELETE: gone if it never had a barcode, otherwise invalidated. */
export const deleteEvent: Act = async (call) => {
  const root = readBody(call.request.body);
  if (root instanceof Failure) return root;
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof Failure) return visitor;
  const event = await findEvent(call, readEventId(call.request.params.event));
  if (event === undefined) return new Failure("eventToChangeMissing");
  const productId = event.product.id;
  const outcome = await execute(call, visitor, { verb: "retire_product", productId });
  if (outcome instanceof Failure) return outcome;
  return outcome.ok ? answer("") : failureOf(outcome.refusal, "eventChange");
};
