import type pg from "pg";
import type { Queries } from "../../queries/queries.ts";
import { translateError } from "../database.ts";
import type { OnUnreadable } from "../nouns/setting.ts";
import type { Secrets } from "../secrets.ts";
import type { Runner } from "../statement.ts";
import { accessKeyQueries } from "./access-keys.ts";
import { cardQueries } from "./cards.ts";
import { conflictQueries } from "./conflicts.ts";
import { contentQueries } from "./content.ts";
import { customerQueries } from "./customers.ts";
import { deliveryQueries } from "./deliveries.ts";
import { deviceQueries } from "./devices.ts";
import { entitlementQueries } from "./entitlements.ts";
import { jobQueries } from "./jobs.ts";
import { logQueries } from "./log.ts";
import { operatorQueries } from "./operators.ts";
import { organizationQueries } from "./organizations.ts";
import { phoneQueries } from "./phones.ts";
import { productQueries } from "./products.ts";
import { saleQueries } from "./sales.ts";

/** Secrets that do not open, of which `onUnreadable` is told at most. */
const toldMax = 1_000;

/**
 * All queries, in PostgreSQL; their promises stand at {@link Queries}. `onUnreadable` is told of a secret that does not
 * open, and not again of the same one.
 */
export function createQueries(pool: pg.Pool, secrets: Secrets, onUnreadable: OnUnreadable = () => {}): Queries {
  const runner: Runner = {
    query: (query) =>
      pool.query(query).catch((error) => {
        throw translateError(error);
      }) as never,
  };
  const told = new Set<string>();
  const tellOnce: OnUnreadable = (organizationId, name) => {
    const secret = `${organizationId} ${name}`;
    if (told.has(secret) || told.size >= toldMax) return;
    told.add(secret);
    onUnreadable(organizationId, name);
  };
  return {
    accessKeys: accessKeyQueries(runner, secrets),
    cards: cardQueries(runner, secrets),
    conflicts: conflictQueries(runner, secrets),
    content: contentQueries(runner),
    customers: customerQueries(runner, secrets),
    deliveries: deliveryQueries(runner),
    devices: deviceQueries(runner, secrets),
    entitlements: entitlementQueries(runner),
    jobs: jobQueries(runner),
    log: logQueries(runner, secrets),
    operators: operatorQueries(runner, secrets, tellOnce),
    organizations: organizationQueries(runner, secrets, tellOnce),
    phones: phoneQueries(runner, secrets),
    products: productQueries(runner, secrets, tellOnce),
    sales: saleQueries(runner, secrets),
  };
}
