import { accessKeyLengthAdvised, countShortKeys } from "../../access/short-keys.ts";
import type { Queries } from "../../queries/queries.ts";
import { answer, type CallHandler } from "./answer.ts";
import { admitAdmin } from "./auth.ts";
import { apikeyLines, listedApikeyLines } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { findLiveEvent } from "./events.ts";

/** APIKEY GET: every apikey and the events that it opens. */
export const listApikeys: CallHandler = async (call) => {
  const caller = await admitAdmin(call, "manage_products");
  if (caller instanceof ProtocolError) return caller;
  const { organization, queries } = call.context;
  const listed = await queries.accessKeys.all(organization.id, "event");
  return answer(listed.map(listedApikeyLines).join(""));
};

/** APIKEY (BY EVENT) GET: all apikeys of the event. A key in the path must be one of them. */
export const listEventApikeys: CallHandler = async (call) => {
  const caller = await admitAdmin(call, "manage_products");
  if (caller instanceof ProtocolError) return caller;
  const event = await findLiveEvent(call);
  if (event === undefined) return new ProtocolError("eventNotFound");
  const { key } = call.request.params;
  if (key !== undefined && !event.accessKeys.includes(key)) return new ProtocolError("apikeyNotFound");
  return answer(`<event id="${event.product.id}">\n${apikeyLines(event.accessKeys)}</event>\n`);
};

/** The most events that the sentence names. */
const eventsNamedMax = 10;

/** A sentence that names the events which guessable apikeys open; `undefined` when there are none. */
export async function adviseOnShortKeys(queries: Queries, organizationId: number): Promise<string | undefined> {
  const events = new Set<number>();
  for (const { key, products } of await queries.accessKeys.all(organizationId, "event")) {
    if (countShortKeys([key]) > 0) for (const { id } of products) events.add(id);
  }
  if (events.size === 0) return undefined;
  const named = [...events].slice(0, eventsNamedMax).join(", ");
  const more = events.size > eventsNamedMax ? " and others" : "";
  return `Apikeys of fewer than ${accessKeyLengthAdvised} characters, which can be guessed, open the events ${named}${more}.`;
}
