import { accept, type Rule } from "./rule.ts";

/** Lets an operator be known by a token for a time. Never refused. */
export const createToken: Rule<"create_token"> = {
  needs: () => ({}),

  decide(_state, { operatorId, lifetimeMs }, { nowMs, fresh }) {
    const [token] = fresh.codes;
    if (token === undefined) throw new Error("a token was not drawn");
    const expiresAtMs = nowMs + lifetimeMs;
    return accept<"create_token">(
      { token, expiresAtMs },
      [{ change: "add_token", token: { operatorId, token, expiresAtMs } }],
      [],
    );
  },
};
