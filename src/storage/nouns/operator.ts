import {
  activeOwners,
  anyOperator,
  type OperatorAccount,
  type OperatorTokens,
  operators,
  type Possessions,
  possessions,
  type Token,
  tokens,
  tokensOf,
} from "../../core/operator.ts";
import { rows } from "../../engine/working-set.ts";
import {
  deleteOperators,
  insertOperators,
  lockOperators,
  readPossessions,
  updateOperators,
} from "../statements/operators.ts";
import { countTokens, insertTokens, lockTokens, revokeTokensOf, updateTokens } from "../statements/tokens.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedOperators: StoredNoun<string, OperatorAccount> = {
  noun: operators,
  sequence: "operator_id_seq",
  locksRows: true,

  async load({ runner, organizationId }, asked, lock) {
    const wanted = {
      logins: asked.keys(operators),
      activeOwners: asked.questions(activeOwners).length > 0,
      everybody: asked.questions(anyOperator).length > 0,
    };
    return [rows(operators, await lockOperators(runner, organizationId, wanted, lock))];
  },

  *write({ runner, organizationId }, { added, changed, removed }) {
    yield* unlessEmpty(removed, (logins) => deleteOperators(runner, organizationId, logins));
    yield* unlessEmpty(changed, (all) => updateOperators(runner, organizationId, all));
    yield* unlessEmpty(added, (all) => insertOperators(runner, organizationId, all));
  },
};

export const storedPossessions: StoredNoun<string, Possessions> = {
  noun: possessions,

  async load({ runner, organizationId }, asked) {
    return [rows(possessions, await readPossessions(runner, organizationId, asked.keys(possessions)))];
  },
};

export const storedTokens: StoredNoun<string, Token> = {
  noun: tokens,
  locksRows: true,

  async load({ runner, organizationId }, asked, lock) {
    return [rows(tokens, await lockTokens(runner, organizationId, asked.keys(tokens), lock))];
  },

  *write({ runner, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => insertTokens(runner, organizationId, all));
    yield* unlessEmpty(changed, (all) => updateTokens(runner, organizationId, all));
  },
};

/** The lock of the operator is their lock. */
export const storedTokensOf: StoredNoun<string, OperatorTokens> = {
  noun: tokensOf,

  async load({ runner, organizationId }, asked) {
    return [rows(tokensOf, await countTokens(runner, organizationId, asked.keys(tokensOf)))];
  },

  *write({ runner, organizationId }, { changed }) {
    yield* unlessEmpty(changed, (all) =>
      revokeTokensOf(
        runner,
        organizationId,
        all.map(({ login }) => login),
      ),
    );
  },
};
