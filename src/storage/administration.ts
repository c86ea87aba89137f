import type pg from "pg";
import type { Administration } from "../engine/administration.ts";
import { translateError } from "./database.ts";
import { deleteAnswersOlderThan } from "./statements/kept-answers.ts";
import { insertFirstOperator, listOperators, writeOperator } from "./statements/operators.ts";
import { insertOrganization, writeSetting } from "./statements/organizations.ts";
import { deleteEndedTokens, insertTokens, revokeToken, revokeTokensOf } from "./statements/tokens.ts";

/** Setting up, in PostgreSQL; what it promises stands at {@link Administration}. */
export function createAdministration(pool: pg.Pool): Administration {
  return {
    ensureOrganization: (id, name) => translated(insertOrganization(pool, id, name)),
    putSetting: (organizationId, name, value) => translated(writeSetting(pool, organizationId, name, value)),
    putOperator: (organizationId, operator) => translated(writeOperator(pool, organizationId, operator)),
    putFirstOperator: (organizationId, operator) => translated(insertFirstOperator(pool, organizationId, operator)),
    listOperators: (organizationId) => translated(listOperators(pool, organizationId)),
    putToken: async (organizationId, token) => void (await translated(insertTokens(pool, organizationId, [token]))),
    revokeToken: (organizationId, token) => translated(revokeToken(pool, organizationId, token)),
    revokeTokensOf: (organizationId, login) => translated(revokeTokensOf(pool, organizationId, login)),
    forgetAnswers: (ageMs) => translated(deleteAnswersOlderThan(pool, ageMs)),
    forgetTokens: () => translated(deleteEndedTokens(pool)),
  };
}

async function translated<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw translateError(error);
  }
}
