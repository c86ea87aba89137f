import { type Act, answer } from "./answer.ts";
import { admitAdmin } from "./auth.ts";
import { apikeyLines, listedApikeyLines } from "./encode.ts";
import { findLiveEvent } from "./find-event.ts";
import { ProtocolError } from "./refusals.ts";

/** APIKEY GET: every apikey and the events that it opens. */
export const listApikeys: Act = async (call) => {
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof ProtocolError) return visitor;
  const { organization, queries } = call.context;
  const listed = await queries.accessKeys.all(organization.id, "event");
  return answer(listed.map(listedApikeyLines).join(""));
};

/** APIKEY (BY EVENT) GET: all apikeys of the event, if the one that is named is among them; without a name always. */
export const listEventApikeys: Act = async (call) => {
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof ProtocolError) return visitor;
  const event = await findLiveEvent(call);
  if (event === undefined) return new ProtocolError("eventNotFound");
  const { key } = call.request.params;
  if (key !== undefined && !event.accessKeys.includes(key)) return new ProtocolError("apikeyNotFound");
  return answer(`<event id="${event.product.id}">\n${apikeyLines(event.accessKeys)}</event>\n`);
};
