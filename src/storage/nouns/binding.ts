import { type Holding, holdingOf, holdings, holdingsOn } from "../../core/binding.ts";
import { rows } from "../../engine/working-set.ts";
import { readHoldings, writeHoldings } from "../statements/bindings.ts";
import type { StoredNoun } from "./stored.ts";

export const storedHoldings: StoredNoun<number, Holding> = {
  noun: holdings,

  async load({ runner, secrets, organizationId }, asked) {
    const codes = asked.questions(holdingOf);
    const on = asked.questions(holdingsOn);
    return [rows(holdings, await readHoldings(runner, secrets, organizationId, codes, on))];
  },

  *write({ runner, organizationId }, { added, changed }) {
    yield writeHoldings(runner, organizationId, [...added, ...changed]);
  },
};
