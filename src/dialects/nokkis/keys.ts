import { type Act, answer } from "./answer.ts";
import { admitAdmin, findEvent } from "./auth.ts";
import { readEventId } from "./decode.ts";
import { apikeyLines, listedApikeyLines } from "./encode.ts";
import { Failure } from "./refusals.ts";

/** APIKEY GET: every apikey and the events that it opens. */
export const listApikeys: Act = async (call) => {
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof Failure) return visitor;
  const { organization, reader } = call.context;
  const listed = await reader.accessKeys(organization.id, "event");
  return answer(listed.map(listedApikeyLines).join(""));
};

/** APIKEY (BY EVENT) GET: all apikeys of the event, if the one that is named is among them; without a name always. */
export const listEventApikeys: Act = async (call) => {
  const visitor = await admitAdmin(call, "manage_products");
  if (visitor instanceof Failure) return visitor;
  const { params } = call.request;
  const found = await findEvent(call, readEventId(params.event));
  if (found === undefined || found.product.retiredAtMs !== null) return new Failure("eventNotFound");
  if (params.key !== undefined && !found.accessKeys.includes(params.key)) return new Failure("apikeyNotFound");
  return answer(`<event id="${found.product.id}">\n${apikeyLines(found.accessKeys)}</event>\n`);
};
