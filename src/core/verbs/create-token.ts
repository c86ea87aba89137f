import { type NewToken, tokens } from "../operator.ts";
import { put } from "../state.ts";
import { accept, verb } from "../verb.ts";

const tokenBytes = 24;

interface CreateToken {
  readonly operatorId: number;
  readonly login: string;
  readonly lifetimeMs: number;
}

/** Creates a token by which an operator is known for a time. */
export const createToken = verb<CreateToken, { readonly token: string; readonly expiresAtMs: number }>()({
  name: "create_token",
  permission: "create_tokens",
  refusals: [],
  logs: [],

  // Base64 of the login, a colon and 192 random bits. Nobody needs to look into it.
  draw: ({ login }, random) => [
    Buffer.from(`${login}:${Buffer.from(random.bytes(tokenBytes)).toString("base64url")}`, "utf8").toString("base64"),
  ],

  needs: () => ({}),

  decide(_state, { operatorId, lifetimeMs }, { nowMs, drawn }) {
    const [token] = drawn;
    if (token === undefined) throw new Error("a token was not drawn");
    const expiresAtMs = nowMs + lifetimeMs;
    const created: NewToken = { operatorId, token, expiresAtMs };
    return accept({ token, expiresAtMs }, [put(tokens, created)]);
  },
});
