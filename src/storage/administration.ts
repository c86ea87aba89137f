import type pg from "pg";
import type { Administration } from "../engine/administration.ts";
import { executorOf } from "./database.ts";
import { ensureFileStoreId } from "./file-store-id.ts";
import { deleteAnswersOlderThan } from "./idempotency-records.ts";
import { deleteActionsOlderThan } from "./log.ts";
import { deleteHoldsOlderThan } from "./nouns/hold.ts";
import { drawOrganization, ensureOrganization } from "./nouns/organization.ts";
import { ensureSecretSetting } from "./nouns/setting.ts";
import { deleteEndedTokens, noteTokenUse } from "./nouns/token.ts";
import type { Secrets } from "./secrets.ts";
import { command, query } from "./statement.ts";
import { foldStatistics, unfoldedOrganizations } from "./statistics.ts";
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
  const sql = executorOf(pool);
  return {
    ensureOrganization: (id, name) => ensureOrganization(sql, id, name),
    drawOrganization: () => drawOrganization(sql),
    ensureSecretSetting: (organizationId, name, value) =>
      ensureSecretSetting(sql, secrets, organizationId, name, value),
    markDeliveryRemoved: async (organizationId, deliveryId) =>
      void (await writeRemoved(sql, organizationId, deliveryId)),
    retryJobs: async (ids) => (await retryGivenUp(sql, ids)).length,
    ensureFileStoreId: (storeId) => ensureFileStoreId(sql, storeId),
    markMailed: async (organizationId, saleId) => void (await writeMailed(sql, organizationId, saleId)),
    noteMailFailure: async (organizationId, saleId, reason) =>
      void (await writeMailFailure(sql, organizationId, saleId, reason)),
    forgetIdempotencyRecords: (ageMs, signal) => deleteAnswersOlderThan(sql, ageMs, signal),
    noteTokenUse: async (organizationId, tokenId) => void (await noteTokenUse(sql, organizationId, tokenId)),
    forgetTokens: (signal) => deleteEndedTokens(sql, signal),
    forgetHolds: (ageMs, signal) => deleteHoldsOlderThan(sql, ageMs, signal),
    unfoldedOrganizations: () => unfoldedOrganizations(sql),
    foldStatistics: (organizationId, signal) => foldStatistics(sql, organizationId, signal),
    forgetActions: (organizationId, which, ageMs, signal) =>
      deleteActionsOlderThan(sql, organizationId, which, ageMs, signal),
  };
}
