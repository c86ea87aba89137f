import { createCache } from "../access/cache.ts";
import { canonicalHost, defaultOrganizationId } from "../core/host.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";

/** Hosts that are remembered, those of nobody's included: a few megabytes. */
const hostsMax = 10_000;
/** Organizations that are remembered, with their settings. */
const organizationsMax = 2_000;

/**
 * Finds the organization of a host name: the one that has it, else the default one; `undefined` when there is none at
 * all. A text that is no host name costs no look-up, and is not kept. What changes is followed within `staleMaxMs`.
 * Rejects with `StoreUnavailable` when the store cannot be reached.
 */
export function organizationsByHost(
  queries: Pick<Queries, "organizations">,
  staleMaxMs: number,
): (host: string) => Promise<Organization | undefined> {
  const ids = createCache(async (host) => (await queries.organizations.idOf(host)) ?? defaultOrganizationId, {
    staleMaxMs,
    entriesMax: hostsMax,
  });
  const organizations = createCache((id) => queries.organizations.byId(Number(id)), {
    staleMaxMs,
    entriesMax: organizationsMax,
  });
  return async (text) => {
    const host = canonicalHost(text);
    const id = host === undefined ? defaultOrganizationId : await ids.get(host);
    return organizations.get(String(id));
  };
}
