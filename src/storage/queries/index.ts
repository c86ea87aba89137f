import type pg from "pg";
import type { Queries } from "../../queries/queries.ts";
import { executorOf } from "../database.ts";
import type { OnUnreadable } from "../nouns/setting.ts";
import type { Secrets } from "../secrets.ts";
import { accessKeyQueries } from "./access-keys.ts";
import { cardQueries } from "./cards.ts";
import { conflictQueries } from "./conflicts.ts";
import { contentQueries } from "./content.ts";
import { customerQueries } from "./customers.ts";
import { deliveryQueries } from "./deliveries.ts";
import { deviceQueries } from "./devices.ts";
import { entitlementQueries } from "./entitlements.ts";
import { gateQueries } from "./gates.ts";
import { holdQueries } from "./holds.ts";
import { jobQueries } from "./jobs.ts";
import { logQueries } from "./log.ts";
import { operatorQueries } from "./operators.ts";
import { organizationQueries } from "./organizations.ts";
import { packageQueries } from "./packages.ts";
import { phoneQueries } from "./phones.ts";
import { productQueries } from "./products.ts";
import { reportQueries } from "./reports.ts";
import { resellerTermsQueries } from "./reseller-terms.ts";
import { saleQueries } from "./sales.ts";
import { statisticQueries } from "./statistics.ts";
import { useQueries } from "./uses.ts";

/** How many unreadable secrets are reported at most. */
const toldMax = 1_000;

interface QueryOptions {
  readonly onUnreadable?: OnUnreadable;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/**
 * All queries, in PostgreSQL; their promises stand at {@link Queries}. `onUnreadable` is called once for each secret
 * that does not open.
 */
export function createQueries(
  pool: pg.Pool,
  secrets: Secrets,
  { onUnreadable = () => {}, clock = Date.now }: QueryOptions = {},
): Queries {
  const sql = executorOf(pool);
  const told = new Set<string>();
  const tellOnce: OnUnreadable = (organizationId, name) => {
    const secret = `${organizationId} ${name}`;
    if (told.has(secret) || told.size >= toldMax) return;
    told.add(secret);
    onUnreadable(organizationId, name);
  };
  return {
    accessKeys: accessKeyQueries(sql, secrets),
    cards: cardQueries(sql, secrets),
    conflicts: conflictQueries(sql, secrets),
    content: contentQueries(sql, clock),
    customers: customerQueries(sql, secrets),
    deliveries: deliveryQueries(sql),
    devices: deviceQueries(sql, secrets),
    entitlements: entitlementQueries(sql),
    gates: gateQueries(sql, secrets, tellOnce),
    holds: holdQueries(sql),
    jobs: jobQueries(sql),
    log: logQueries(sql, secrets),
    operators: operatorQueries(sql, secrets, tellOnce),
    organizations: organizationQueries(sql, secrets, tellOnce),
    packages: packageQueries(sql, clock),
    phones: phoneQueries(sql, secrets),
    products: productQueries(sql, secrets, tellOnce),
    reports: reportQueries(sql),
    resellerTerms: resellerTermsQueries(sql),
    sales: saleQueries(sql, secrets),
    statistics: statisticQueries(sql),
    uses: useQueries(sql, secrets),
  };
}
