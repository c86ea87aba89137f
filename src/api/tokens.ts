import { isNetwork } from "../access/networks.ts";
import { type TokenLimits, tokenLimitsMax, tokenNameLengthMax } from "../core/operator.ts";
import { permissions } from "../core/permission.ts";
import { idOf, may, type Principal } from "../core/principal.ts";
import type { ListedToken } from "../queries/operators.ts";
import type { Cursor } from "../queries/pages.ts";
import { findOperator } from "./operators.ts";
import { Problem } from "./problem.ts";
import { listRoute, refused, reply, route } from "./route.ts";
import {
  choice,
  list,
  named,
  nullable,
  object,
  optional,
  text,
  type ValueOfMembers,
  type ValueOfSchema,
} from "./schema.ts";
import { seesAll } from "./sight.ts";
import { id, readTime, time, writeTime, writeTimeOrNull } from "./values.ts";

const resource = "tokens";

const limits = {
  scopes: list(choice(permissions), permissions.length, {
    description: "What it may; those that its operator lacks count for nothing.",
  }),
  products: list(id("a product"), tokenLimitsMax, { description: "The products that it reaches." }),
  categories: list(text({ maxLength: 32 }), tokenLimitsMax, {
    description: "The keys of the categories that it reaches.",
  }),
  networks: list(text({ maxLength: 100 }), tokenLimitsMax, {
    description: "The addresses and networks from which it works.",
    examples: [["192.0.2.0/24"]],
  }),
};
const name = text({ maxLength: tokenNameLengthMax }, { description: "What you call it." });
const operator = text({ maxLength: 100 }, { description: "The login of the operator for whom it stands." });
const token = named(
  "Token",
  object({
    id: id("the token"),
    name,
    operator,
    scopes: nullable(limits.scopes, { description: "`null` for all that its operator may." }),
    products: nullable(limits.products, { description: "`null` for all." }),
    categories: nullable(limits.categories, { description: "`null` for all." }),
    networks: nullable(limits.networks, { description: "`null` for all." }),
    createdAt: time("When it was made."),
    expiresAt: nullable(time("When it ends; `null` for never.")),
    revokedAt: nullable(time("When it was revoked.")),
    lastUsedAt: nullable(time("To the minute.")),
  }),
);
const createdToken = named(
  "NewToken",
  object({
    id: id("the token"),
    token: text({ maxLength: 255 }, { description: "It is not told again.", examples: ["cf_…"] }),
    expiresAt: nullable(time("When it ends; `null` for never.")),
  }),
);

function writeToken(one: ListedToken): ValueOfSchema<typeof token> {
  const own = one.limits;
  return {
    id: String(one.id),
    name: one.name,
    operator: one.login,
    scopes: own?.scopes ?? null,
    products: own?.productIds?.map(String) ?? null,
    categories: own?.categories ?? null,
    networks: own?.networks ?? null,
    createdAt: writeTime(one.createdAtMs),
    expiresAt: writeTimeOrNull(one.expiresAtMs),
    revokedAt: writeTimeOrNull(one.revokedAtMs),
    lastUsedAt: writeTimeOrNull(one.lastUsedAtMs),
  };
}

const terms = {
  name: optional(name),
  scopes: optional(limits.scopes),
  products: optional(limits.products),
  categories: optional(limits.categories),
  networks: optional(limits.networks),
  expiresAt: optional(time("When it ends; never when absent.")),
  operator: optional(id("the operator for whom it stands; your own when absent")),
};

function limitsOf({ scopes, products, categories, networks }: ValueOfMembers<typeof terms>): TokenLimits | null {
  const all = {
    scopes: scopes ?? null,
    productIds: products?.map(Number) ?? null,
    categories: categories ?? null,
    networks: networks ?? null,
  };
  return Object.values(all).every((one) => one === null) ? null : all;
}

/** Whether the principal sees the tokens of all operators. */
function seesOthers(principal: Principal): boolean {
  return may(principal, "manage_operators") || may(principal, "read_settings");
}

export const tokenRoutes = [
  listRoute({
    path: "/tokens",
    name: "listTokens",
    resource,
    summary: "List tokens",
    description:
      "Ascending by id: your own, or with the scope `read_settings` those of all operators. A page may be short, or empty, although more follow.",
    scope: "create_tokens",
    pages: "number",
    answer: { status: 200, schema: token },
    problems: ["not_permitted"],
    example: {
      answer: {
        id: "5",
        name: "Gate software",
        operator: "ada",
        scopes: ["redeem"],
        products: ["42"],
        categories: null,
        networks: null,
        createdAt: "2027-01-10T09:30:00.000Z",
        expiresAt: null,
        revokedAt: null,
        lastUsedAt: "2027-06-19T15:02:00.000Z",
      },
    },
    async handle({ page, principal, queries, organizationId }) {
      if (!seesAll(principal)) return refused("not_permitted");
      const ownId = idOf(principal, "operator");
      const { rows, next } = await queries.operators.tokens(organizationId, {
        limit: page.limit,
        ...(page.after === undefined ? {} : { after: page.after as Cursor<ListedToken> }),
      });
      const seen = seesOthers(principal) ? rows : rows.filter(({ operatorId }) => operatorId === ownId);
      return reply(seen.map(writeToken), { next });
    },
  }),

  route({
    method: "POST",
    path: "/tokens",
    name: "createToken",
    resource,
    summary: "Create a token",
    description:
      "For yourself, or with the scope `manage_operators` for another operator. Its text is told once: the server keeps a hash. So an `Idempotency-Key` has no effect here. A token with limits makes none.",
    scope: "create_tokens",
    body: object(terms),
    ignoresKey: true,
    answer: { status: 201, schema: createdToken },
    verbs: ["create_token"],
    problems: ["operator_not_found"],
    example: {
      body: { name: "Gate software", scopes: ["redeem"], products: ["42"] },
      answer: { id: "5", token: "cf_…", expiresAt: null },
    },
    async handle(call) {
      const { body, principal, queries, organizationId, atMs } = call;
      const wrong = (body.networks ?? []).findIndex((one) => !isNetwork(one));
      if (wrong !== -1) return new Problem("request_invalid", `body/networks/${wrong}`, "It is no address or network.");
      const lifetimeMs = body.expiresAt === undefined ? null : readTime(body.expiresAt) - atMs;
      if (lifetimeMs !== null && lifetimeMs <= 0) {
        return new Problem("request_invalid", "body/expiresAt", "It must lie in the future.");
      }
      const ownId = idOf(principal, "operator");
      const found = await findOperator(call, body.operator ?? String(ownId));
      const isHidden = found !== undefined && found.id !== ownId && !may(principal, "manage_operators");
      if (isHidden || (found === undefined && !may(principal, "manage_operators"))) return refused("not_permitted");
      if (found === undefined || found.disabledAtMs !== null) return refused("operator_not_found");
      const outcome = await call.execute({
        verb: "create_token",
        operatorId: found.id,
        login: found.login,
        lifetimeMs,
        terms: { name: body.name ?? "", limits: limitsOf(body) },
      });
      if (!outcome.ok) return outcome;
      const { token: made, expiresAtMs } = outcome.value;
      const known = await queries.operators.byToken(organizationId, made);
      if (known === undefined) return refused("operator_not_found");
      return reply({ id: String(known.id), token: made, expiresAt: writeTimeOrNull(expiresAtMs) });
    },
  }),

  route({
    method: "POST",
    path: "/tokens/{id}/revoke",
    name: "revokeToken",
    resource,
    summary: "Revoke a token",
    description: "It is refused at once, everywhere, and streams that it opened end.",
    scope: "manage_operators",
    params: { id: id("the token") },
    answer: { status: 200, schema: object({ id: id("the token") }) },
    verbs: ["revoke_token"],
    example: { params: { id: "5" }, answer: { id: "5" } },
    async handle({ params, execute }) {
      const outcome = await execute({ verb: "revoke_token", id: Number(params.id) });
      return outcome.ok ? reply({ id: params.id }) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/operators/{id}/revoke-tokens",
    name: "revokeTokensOfOperator",
    resource,
    summary: "Revoke all tokens of an operator",
    scope: "manage_operators",
    params: { id: id("the operator") },
    answer: { status: 200, schema: object({ revoked: { type: "integer", minimum: 0 } as const }) },
    verbs: ["revoke_tokens"],
    example: { params: { id: "3" }, answer: { revoked: 2 } },
    async handle(call) {
      const found = await findOperator(call, call.params.id);
      if (found === undefined) return refused("operator_not_found");
      const outcome = await call.execute({ verb: "revoke_tokens", login: found.login });
      return outcome.ok ? reply({ revoked: outcome.value.revoked }) : outcome;
    },
  }),
];
