import { createCache } from "../access/cache.ts";
import { canonicalHost, defaultOrganizationId } from "../core/host.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";

/** Cached hosts, unknown ones included: a few megabytes. */
const hostsMax = 10_000;
/** Cached organizations, with their settings. */
const organizationsMax = 2_000;

/**
 * Makes the function that finds the organization of a host name: its owner, else the default organization; `undefined`
 * while there is no organization. A text that is no host name costs no query and is not cached. Changes count within
 * `staleMaxMs`. Rejects with `StoreUnavailable` when the store cannot be reached.
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
