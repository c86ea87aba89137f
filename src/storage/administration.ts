import type pg from "pg";
import type { Administration } from "../engine/administration.ts";
import { translateError } from "./database.ts";
import type { Secrets } from "./secrets.ts";
import { deleteActionsOlderThan } from "./statements/actions.ts";
import { writeRemoved } from "./statements/deliveries.ts";
import { ensureFileStoreId } from "./statements/file-store.ts";
import { retryGivenUpJobs } from "./statements/jobs.ts";
import { deleteAnswersOlderThan } from "./statements/kept-answers.ts";
import { drawOrganization, ensureSecretSetting, insertOrganization } from "./statements/organizations.ts";
import { writeMailed, writeMailFailure } from "./statements/sales.ts";
import { deleteEndedTokens } from "./statements/tokens.ts";

/** In PostgreSQL; what it promises stands at {@link Administration}. */
export function createAdministration(pool: pg.Pool, secrets: Secrets): Administration {
  return {
    ensureOrganization: (id, name) => translated(insertOrganization(pool, id, name)),
    drawOrganization: () => translated(drawOrganization(pool)),
    ensureSecretSetting: (organizationId, name, value) =>
      translated(ensureSecretSetting(pool, secrets, organizationId, name, value)),
    markDeliveryRemoved: (organizationId, deliveryId) => translated(writeRemoved(pool, organizationId, deliveryId)),
    retryJobs: (ids) => translated(retryGivenUpJobs(pool, ids)),
    ensureFileStoreId: (storeId) => translated(ensureFileStoreId(pool, storeId)),
    markMailed: (organizationId, saleId) => translated(writeMailed(pool, organizationId, saleId)),
    noteMailFailure: (organizationId, saleId, reason) =>
      translated(writeMailFailure(pool, organizationId, saleId, reason)),
    forgetAnswers: (ageMs, signal) => translated(deleteAnswersOlderThan(pool, ageMs, signal)),
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
