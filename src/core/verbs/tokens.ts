import { aboutSetup } from "../log-entry.ts";
import {
  areTokenTerms,
  canonicalLogin,
  type NumberedToken,
  numberedTokens,
  operators,
  revokeTokens,
  type Token,
  type TokenLimits,
  tokens,
  tokensOf,
} from "../operator.ts";
import { idOf, may } from "../principal.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

const tokenBytes = 24;

interface CreateToken {
  readonly operatorId: number;
  readonly login: string;
  /** `null` for a token that is valid until it is revoked. */
  readonly lifetimeMs: number | null;
  /** What it is called, and what it narrows its operator to. Only a token with terms is of the form of {@link tokenCodes}. */
  readonly terms?: { readonly name: string; readonly limits: TokenLimits | null };
  /** The text of the token; random when absent. */
  readonly token?: string;
}

/** The format of random codes that a token with terms has. `access/token-format.ts` draws them. */
export const tokenCodes = "token";

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
  refusals: ["not_permitted", "text_invalid"],
  logs: ["token_created"],

  draw({ login, terms, token }, random) {
    if (token !== undefined) return [];
    if (terms !== undefined) return [random.code(tokenCodes)];
    // Base64 of the login, a colon and 192 random bits. Clients treat it as opaque.
    const secret = Buffer.from(random.bytes(tokenBytes)).toString("base64url");
    return [Buffer.from(`${login}:${secret}`, "utf8").toString("base64")];
  },

  needs: () => ({}),

  decide(_state, { operatorId, login, lifetimeMs, terms, ...given }, { nowMs, principal, drawn }) {
    const isOwn = idOf(principal, "operator") === operatorId;
    if (!isOwn && !may(principal, "manage_operators")) return refuse("not_permitted");
    // A narrowed token would make a wider one.
    if (principal.reach !== undefined) return refuse("not_permitted");
    const { name = "", limits = null } = terms ?? {};
    if (!areTokenTerms(name, limits)) return refuse("text_invalid");
    const token = given.token ?? drawn[0];
    if (token === undefined) throw new Error("a token was not drawn");
    const expiresAtMs = lifetimeMs === null ? null : nowMs + lifetimeMs;
    const created: Token = { operatorId, name, limits, token, expiresAtMs, revokedAtMs: null };
    const detail = {
      operator: login,
      ...(name === "" ? {} : { name }),
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    };
    return accept({ token, expiresAtMs }, [put(tokens, created)], [aboutSetup("token_created", detail, nowMs)]);
  },
});

/** By its text, or by its number. */
type NamedToken = { readonly token: string } | { readonly id: number };

/** Revokes a token. A token that has expired, or was revoked before, counts as not found. */
export const revokeToken = verb<NamedToken, { readonly operatorId: number }>()({
  name: "revoke_token",
  permission: "manage_operators",
  refusals: ["token_not_found"],
  logs: ["token_revoked"],

  needs: (named) => ({ lock: ["token" in named ? tokens.at(named.token) : numberedTokens.at(named.id)] }),

  decide(state, named, { nowMs }) {
    const isOver = ({ revokedAtMs, expiresAtMs }: Pick<Token, "revokedAtMs" | "expiresAtMs">) =>
      revokedAtMs !== null || (expiresAtMs ?? nowMs + 1) <= nowMs;
    const before: Token | NumberedToken | undefined =
      "token" in named ? state.get(tokens, named.token) : state.get(numberedTokens, named.id);
    if (before === undefined || isOver(before)) return refuse("token_not_found");
    const { operatorId } = before;
    const revoked = { ...before, revokedAtMs: nowMs };
    return accept(
      { operatorId },
      ["token" in revoked ? put(tokens, revoked) : put(numberedTokens, revoked)],
      [aboutSetup("token_revoked", { operatorId, ...("id" in named ? { id: named.id } : {}) }, nowMs)],
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
