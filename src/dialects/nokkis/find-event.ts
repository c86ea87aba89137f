import type { OpenableProduct } from "../../core/product.ts";
import type { Call } from "./auth.ts";
import { readEventId } from "./decode.ts";

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
