import { isNetwork } from "../access/networks.ts";
import type { TokenLimits } from "../core/operator.ts";
import { type Permission, permissions } from "../core/permission.ts";
import { everyPage } from "../queries/pages.ts";
import { findOperator } from "./operator.ts";
import { readWhole } from "./read-option.ts";
import { readValue } from "./secret-input.ts";
import { accepted, CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

export interface CreateTokenOptions {
  readonly name: string;
  readonly days?: string;
  readonly scope: readonly string[];
  readonly product: readonly string[];
  readonly category: readonly string[];
  readonly network: readonly string[];
}

const dayMs = 24 * 60 * 60 * 1000;

/** `counterfoil token create LOGIN`: a token that may what the operator may, or less. It is shown once. */
export function createToken(tools: Tools, login: string, options: CreateTokenOptions): Promise<void> {
  const { name, days } = options;
  const lifetimeMs = days === undefined ? null : readWhole("--days", days) * dayMs;
  const limits = readLimits(options);
  return withServices(tools, async ({ queries, organizationId, execute }) => {
    const operator = await queries.operators.byLogin(organizationId, login);
    if (operator === undefined) throw new CommandError(`There is no operator ${login} who may act.`);
    const named = { operatorId: operator.id, login: operator.login };
    const outcome = await execute({ verb: "create_token", ...named, lifetimeMs, terms: { name, limits } });
    const { token } = accepted(outcome, { text_invalid: "The name of the token or one of its limits is too long." });
    tools.print(token);
    tools.print("It is not shown again.");
  });
}

/** `null` without any option: the token narrows nothing. */
function readLimits({ scope, product, category, network }: CreateTokenOptions): TokenLimits | null {
  const limits: TokenLimits = {
    scopes: orNull(scope.map(readScope)),
    productIds: orNull(product.map((one) => readWhole("--product", one))),
    categories: orNull(category),
    networks: orNull(network.map(readNetwork)),
  };
  return Object.values(limits).every((one) => one === null) ? null : limits;
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

function readScope(text: string): Permission {
  const scope = permissions.find((one) => one === text);
  if (scope === undefined) throw new CommandError(`There is no scope "${text}". There are: ${permissions.join(", ")}.`);
  return scope;
}

function readNetwork(text: string): string {
  if (!isNetwork(text)) throw new CommandError(`--network "${text}" is no address or network, like 192.0.2.0/24.`);
  return text;
}

const limitNames = ["scopes", "productIds", "categories", "networks"] as const;

/** `counterfoil token list`: every token by its number, without its text. */
export function listTokens(tools: Tools): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    for await (const page of everyPage(queries.operators.tokens, organizationId)) {
      for (const { id, login, name, limits, expiresAtMs, revokedAtMs, lastUsedAtMs } of page) {
        const parts = [
          String(id),
          login,
          name,
          ...limitNames.flatMap((limit) => (limits?.[limit] == null ? [] : `${limit}=${limits[limit].join(",")}`)),
          lastUsedAtMs === null ? "never used" : `used ${writeTime(lastUsedAtMs)}`,
          expiresAtMs === null ? "" : `until ${writeTime(expiresAtMs)}`,
          revokedAtMs === null ? "" : `revoked ${writeTime(revokedAtMs)}`,
        ];
        tools.print(parts.filter((part) => part !== "").join("  "));
      }
    }
  });
}

function writeTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/**
 * `counterfoil token revoke [TOKEN]`: running servers refuse the token at once. If the argument is missing, it is read
 * from a file or from standard input. With `number` it is the token of this number in the list.
 */
export async function revokeToken(
  tools: Tools,
  given: string | undefined,
  { fromFile, number }: { readonly fromFile?: string; readonly number?: string },
): Promise<void> {
  const named =
    number === undefined
      ? { token: await readValue(tools, { given, fromFile, question: "token" }) }
      : { id: readWhole("--number", number) };
  return withServices(tools, async ({ execute }) => {
    const { ok } = await execute({ verb: "revoke_token", ...named });
    if (!ok) throw new CommandError("There is no such token, or it has ended already.");
    tools.print("The token is revoked.");
  });
}

/** `counterfoil token revoke-all LOGIN`: ends every token of an operator. */
export function revokeTokensOf(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    const operator = await findOperator(services, login);
    const { revoked } = accepted(await services.execute({ verb: "revoke_tokens", login: operator.login }));
    tools.print(`${revoked} tokens of ${operator.login} are revoked.`);
  });
}
