import type pg from "pg";
import type { Administration } from "../engine/administration.ts";
import { translateError } from "./database.ts";
import type { Secrets } from "./secrets.ts";
import { deleteActionsOlderThan } from "./statements/actions.ts";
import { insertCustomer, writeCustomerPassword } from "./statements/customers.ts";
import { writeRemoved } from "./statements/deliveries.ts";
import { ensureFileStoreId } from "./statements/file-store.ts";
import { retryGivenUpJobs } from "./statements/jobs.ts";
import { deleteAnswersOlderThan } from "./statements/kept-answers.ts";
import {
  deleteOperator,
  insertFirstOperator,
  writeOperator,
  writeOperatorDisabled,
  writeOperatorRole,
  writeOperatorSetting,
} from "./statements/operators.ts";
import {
  addOrganization,
  deleteHosts,
  ensureSecretSetting,
  insertHosts,
  insertOrganization,
  sealSetting,
  writeName,
  writeSetting,
} from "./statements/organizations.ts";
import { insertPhoneDevice } from "./statements/phone-devices.ts";
import { writeMailed, writeMailFailure, writeRate } from "./statements/sales.ts";
import { deleteEndedTokens, insertTokens, revokeToken, revokeTokensOf } from "./statements/tokens.ts";

/** Setting up, in PostgreSQL; what it promises stands at {@link Administration}. */
export function createAdministration(pool: pg.Pool, secrets: Secrets): Administration {
  return {
    ensureOrganization: (id, name) => translated(insertOrganization(pool, id, name)),
    addOrganization: (name) => translated(addOrganization(pool, name)),
    renameOrganization: (organizationId, name) => translated(writeName(pool, organizationId, name)),
    addHosts: (organizationId, hosts) => translated(insertHosts(pool, organizationId, hosts)),
    removeHosts: (organizationId, hosts) => translated(deleteHosts(pool, organizationId, hosts)),
    putSetting: (organizationId, name, value) => translated(writeSetting(pool, organizationId, name, value)),
    putSecretSetting: (organizationId, name, value) =>
      translated(writeSetting(pool, organizationId, name, sealSetting(secrets, value))),
    putOperatorSetting: (organizationId, operatorId, name, value) =>
      translated(writeOperatorSetting(pool, organizationId, operatorId, name, value)),
    putOperatorSecretSetting: (organizationId, operatorId, name, value) =>
      translated(writeOperatorSetting(pool, organizationId, operatorId, name, sealSetting(secrets, value))),
    putCurrency: (organizationId, code, rate) => translated(writeRate(pool, organizationId, code, rate)),
    putCustomer: (organizationId, customer) => translated(insertCustomer(pool, organizationId, customer)),
    setCustomerPassword: (organizationId, customerId, passwordHash) =>
      translated(writeCustomerPassword(pool, organizationId, customerId, passwordHash)),
    ensureSecretSetting: (organizationId, name, value) =>
      translated(ensureSecretSetting(pool, secrets, organizationId, name, value)),
    markDeliveryRemoved: (organizationId, deliveryId) => translated(writeRemoved(pool, organizationId, deliveryId)),
    retryJobs: (ids) => translated(retryGivenUpJobs(pool, ids)),
    ensureFileStoreId: (storeId) => translated(ensureFileStoreId(pool, storeId)),
    addPhoneDevice: (organizationId, device) => translated(insertPhoneDevice(pool, secrets, organizationId, device)),
    markMailed: (organizationId, saleId) => translated(writeMailed(pool, organizationId, saleId)),
    noteMailFailure: (organizationId, saleId, reason) =>
      translated(writeMailFailure(pool, organizationId, saleId, reason)),
    putOperator: (organizationId, operator) => translated(writeOperator(pool, organizationId, operator)),
    putFirstOperator: (organizationId, operator) => translated(insertFirstOperator(pool, organizationId, operator)),
    setOperatorDisabled: (organizationId, login, isDisabled) =>
      translated(writeOperatorDisabled(pool, organizationId, login, isDisabled)),
    setOperatorRole: (organizationId, login, role) => translated(writeOperatorRole(pool, organizationId, login, role)),
    removeOperator: (organizationId, login) => translated(deleteOperator(pool, organizationId, login)),
    putToken: async (organizationId, token) => void (await translated(insertTokens(pool, organizationId, [token]))),
    revokeToken: (organizationId, token) => translated(revokeToken(pool, organizationId, token)),
    revokeTokensOf: (organizationId, login) => translated(revokeTokensOf(pool, organizationId, login)),
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
