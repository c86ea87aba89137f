import { accessKeyLengthAdvised, countShortKeys } from "../../access/short-keys.ts";
import type { Queries } from "../../queries/queries.ts";

/** Events that the sentence names. */
const eventsNamedMax = 10;

/** The sentence that tells which events are open to apikeys that can be guessed; `undefined` when none is. */
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
