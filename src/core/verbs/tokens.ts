import { aboutSetup } from "../log-entry.ts";
import { canonicalLogin, operators, revokeTokens, type Token, tokens, tokensOf } from "../operator.ts";
import { idOf, may } from "../principal.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

const tokenBytes = 24;

interface CreateToken {
  readonly operatorId: number;
  readonly login: string;
  /** `null` for a token that is valid until it is revoked. */
  readonly lifetimeMs: number | null;
  /** The text of the token; random when absent. */
  readonly token?: string;
}

interface CreatedToken {
  readonly token: string;
  readonly expiresAtMs: number | null;
}

/**
 * Creates a token that stands for an operator. An operator may create its own tokens. Tokens of other operators need
 * the permission to manage operators.
 */
export const createToken = verb<CreateToken, CreatedToken>()({
  name: "create_token",
  permission: "create_tokens",
  refusals: ["not_permitted"],
  logs: ["token_created"],

  // Base64 of the login, a colon and 192 random bits. Clients treat it as opaque.
  draw: ({ login }, random) => [
    Buffer.from(`${login}:${Buffer.from(random.bytes(tokenBytes)).toString("base64url")}`, "utf8").toString("base64"),
  ],

  needs: () => ({}),

  decide(_state, { operatorId, login, lifetimeMs, ...given }, { nowMs, principal, drawn }) {
    const isOwn = idOf(principal, "operator") === operatorId;
    if (!isOwn && !may(principal, "manage_operators")) return refuse("not_permitted");
    const token = given.token ?? drawn[0];
    if (token === undefined) throw new Error("a token was not drawn");
    const expiresAtMs = lifetimeMs === null ? null : nowMs + lifetimeMs;
    const created: Token = { operatorId, token, expiresAtMs, revokedAtMs: null };
    const detail = {
      operator: login,
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    };
    return accept({ token, expiresAtMs }, [put(tokens, created)], [aboutSetup("token_created", detail, nowMs)]);
  },
});

/** Revokes a token. A token that has expired, or was revoked before, counts as not found. */
export const revokeToken = verb<{ readonly token: string }, { readonly operatorId: number }>()({
  name: "revoke_token",
  permission: "manage_operators",
  refusals: ["token_not_found"],
  logs: ["token_revoked"],

  needs: ({ token }) => ({ lock: [tokens.at(token)] }),

  decide(state, { token }, { nowMs }) {
    const before = state.get(tokens, token);
    const isOver = before === undefined || before.revokedAtMs !== null || (before.expiresAtMs ?? nowMs + 1) <= nowMs;
    if (isOver) return refuse("token_not_found");
    return accept(
      { operatorId: before.operatorId },
      [put(tokens, { ...before, revokedAtMs: nowMs })],
      [aboutSetup("token_revoked", { operatorId: before.operatorId }, nowMs)],
    );
  },
});

/** Revokes every token of an operator. `revoked` is the number of tokens that were valid until then. */
export const revokeTokensOf = verb<{ readonly login: string }, { readonly revoked: number }>()({
  name: "revoke_tokens",
  permission: "manage_operators",
  refusals: ["operator_not_found"],
  logs: ["tokens_revoked"],

  needs: ({ login }) => ({ lock: [operators.at(canonicalLogin(login)), tokensOf.at(canonicalLogin(login))] }),

  decide(state, named, { nowMs }) {
    const login = canonicalLogin(named.login);
    if (state.get(operators, login) === undefined) return refuse("operator_not_found");
    const revoked = state.get(tokensOf, login)?.valid ?? 0;
    if (revoked === 0) return accept({ revoked });
    const detail = { operator: login, count: revoked };
    return accept({ revoked }, revokeTokens(state, login), [aboutSetup("tokens_revoked", detail, nowMs)]);
  },
});
