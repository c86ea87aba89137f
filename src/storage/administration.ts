import type pg from "pg";
import type { Administration } from "../engine/administration.ts";
import { translateError } from "./database.ts";
import { ensureFileStoreId } from "./file-store-id.ts";
import { deleteAnswersOlderThan } from "./idempotency-records.ts";
import { deleteActionsOlderThan } from "./log.ts";
import { drawOrganization, ensureOrganization } from "./nouns/organization.ts";
import { ensureSecretSetting } from "./nouns/setting.ts";
import { deleteEndedTokens } from "./nouns/token.ts";
import type { Secrets } from "./secrets.ts";
import { command, query } from "./statement.ts";
import { bigint, columns } from "./table.ts";

/** The file of a delivery is gone. */
const writeRemoved = command(
  "write_delivery_removed",
  "update delivery set removed_at = now() where organization_id = $1 and id = $2 and removed_at is null",
);

const writeMailed = command(
  "write_mailed",
  "update sale set mailed_at = now(), mail_failure = null where organization_id = $1 and id = $2",
);

const writeMailFailure = command(
  "write_mail_failure",
  "update sale set mail_failure = $3 where organization_id = $1 and id = $2",
);

/** Lets jobs that were given up begin anew. */
const retried = columns({ id: bigint("r.id") });
const retryGivenUp = query(
  "retry_given_up_jobs",
  retried,
  `select ${retried.sql} from graphile_worker.reschedule_jobs(
  array(select id from graphile_worker.jobs
    where id = any($1::bigint[]) and attempts >= max_attempts and locked_at is null),
  run_at := now(), attempts := 0) as r`,
);

/** In PostgreSQL; what it promises stands at {@link Administration}. */
export function createAdministration(pool: pg.Pool, secrets: Secrets): Administration {
  return {
    ensureOrganization: (id, name) => translated(ensureOrganization(pool, id, name)),
    drawOrganization: () => translated(drawOrganization(pool)),
    ensureSecretSetting: (organizationId, name, value) =>
      translated(ensureSecretSetting(pool, secrets, organizationId, name, value)),
    markDeliveryRemoved: async (organizationId, deliveryId) =>
      void (await translated(writeRemoved(pool, organizationId, deliveryId))),
    retryJobs: async (ids) => (await translated(retryGivenUp(pool, ids))).length,
    ensureFileStoreId: (storeId) => translated(ensureFileStoreId(pool, storeId)),
    markMailed: async (organizationId, saleId) => void (await translated(writeMailed(pool, organizationId, saleId))),
    noteMailFailure: async (organizationId, saleId, reason) =>
      void (await translated(writeMailFailure(pool, organizationId, saleId, reason))),
    forgetIdempotencyRecords: (ageMs, signal) => translated(deleteAnswersOlderThan(pool, ageMs, signal)),
    forgetTokens: (signal) => translated(deleteEndedTokens(pool, signal)),
    forgetActions: (organizationId, which, ageMs, signal) =>
      translated(deleteActionsOlderThan(pool, organizationId, which, ageMs, signal)),
  };
}

async function translated<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw translateError(error);
  }
}
