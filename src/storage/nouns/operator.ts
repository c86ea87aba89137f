import { type NewToken, tokens } from "../../core/operator.ts";
import { insertTokens } from "../statements/tokens.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

export const storedTokens: StoredNoun<string, NewToken> = {
  noun: tokens,

  *write({ runner, organizationId }, changes) {
    yield insertTokens(runner, organizationId, onlyAdded(tokens, changes));
  },
};
