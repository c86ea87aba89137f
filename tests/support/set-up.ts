import { terminal } from "../../src/access/principals.ts";
import type { App } from "../../src/app.ts";
import type { Command, CommandOf, Outcome } from "../../src/core/command.ts";
import type { Plain } from "../../src/core/log-entry.ts";
import { parseRate } from "../../src/core/money.ts";
import type { OperatorRole } from "../../src/core/operator.ts";
import type { Administration } from "../../src/engine/administration.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { executorFor } from "../../src/engine/executor.ts";
import type { Queries } from "../../src/queries/queries.ts";

/** What sets an organization up, for tests that are about something else: each function gives commands at the terminal. */
export type SetUp = ReturnType<typeof setUpBy>;

interface Account {
  readonly login: string;
  readonly passwordHash: string;
  readonly role: OperatorRole;
}

/** `clock` is the engine's. */
export function setUpBy(
  engine: Pick<Engine, "execute">,
  queries: Pick<Queries, "customers" | "operators">,
  administration: Administration,
  clock: () => number,
) {
  const execute = executorFor(terminal, engine);
  const carryOut = async <C extends Command>(organizationId: number, command: C) => {
    const outcome: Outcome<C["verb"]> = await execute(organizationId, command);
    if (!outcome.ok) throw new Error(`${command.verb} is refused: ${outcome.refusal}`);
    return outcome.value;
  };
  const loginOf = async (organizationId: number, operatorId: number) => {
    const found = (await queries.operators.all(organizationId)).find(({ id }) => id === operatorId);
    return found?.login ?? "nobody";
  };
  const change = (organizationId: number, setting: Omit<CommandOf<"change_setting">, "verb">) =>
    carryOut(organizationId, { verb: "change_setting", ...setting });

  return {
    /** Sets a setting, or returns it to its default when the value is `undefined`. */
    putSetting: (organizationId: number, name: string, value: Plain | undefined) =>
      change(organizationId, { name, value }),
    putSecretSetting: (organizationId: number, name: string, value: string) =>
      change(organizationId, { name, value, isSecret: true }),
    putOperatorSetting: async (organizationId: number, operatorId: number, name: string, value: Plain | undefined) =>
      change(organizationId, { name, value, operator: await loginOf(organizationId, operatorId) }),
    putOperatorSecretSetting: async (organizationId: number, operatorId: number, name: string, value: string) =>
      change(organizationId, { name, value, isSecret: true, operator: await loginOf(organizationId, operatorId) }),

    /** Gives the organization a currency, or one that it has another rate. */
    async putCurrency(organizationId: number, code: string, rateText: string) {
      const rate = parseRate(rateText);
      if (rate === undefined) throw new Error(`${rateText} is no rate`);
      const { ok } = await execute(organizationId, { verb: "change_currency", code, rate, isNew: true });
      if (!ok) await carryOut(organizationId, { verb: "change_currency", code, rate, isNew: false });
    },

    /** Makes a customer unless there is one of this name; resolves with its number. */
    async putCustomer(organizationId: number, customer: Omit<CommandOf<"create_customer">, "verb">): Promise<number> {
      const outcome = await execute(organizationId, { verb: "create_customer", ...customer });
      if (outcome.ok) return outcome.value.customer.id;
      const known = await queries.customers.byName(organizationId, customer.name);
      if (known === undefined) throw new Error(`create_customer is refused: ${outcome.refusal}`);
      return known.id;
    },
    /** Resolves with whether there is such a customer. */
    async setCustomerPassword(organizationId: number, customerId: number, passwordHash: string | null) {
      const customer = await queries.customers.byId(organizationId, customerId);
      if (customer === undefined) return false;
      await carryOut(organizationId, { verb: "change_customer_password", name: customer.name, passwordHash });
      return true;
    },
    addPhoneDevice: async (organizationId: number, phone: Omit<CommandOf<"add_phone">, "verb">) =>
      (await carryOut(organizationId, { verb: "add_phone", ...phone })).phoneId,

    /** Makes an operator, or gives the one of this login a new password and role; resolves with its number. */
    async putOperator(organizationId: number, account: Account): Promise<number> {
      const outcome = await execute(organizationId, { verb: "create_operator", ...account });
      if (outcome.ok) return outcome.value.operator.id;
      return (await carryOut(organizationId, { verb: "change_operator", ...account })).operator.id;
    },
    /** Resolves with whether there was no operator, and this one was made. */
    putFirstOperator: async (organizationId: number, account: Account) =>
      (await execute(organizationId, { verb: "create_operator", ...account, isFirst: true })).ok,
    /** Resolves with whether it was allowed. */
    setOperatorDisabled: async (organizationId: number, login: string, isDisabled: boolean) =>
      (await execute(organizationId, { verb: "change_operator", login, isDisabled })).ok,

    async putToken(
      organizationId: number,
      { operatorId, token, expiresAtMs }: { operatorId: number; token: string; expiresAtMs: number | null },
    ) {
      const lifetimeMs = expiresAtMs === null ? null : expiresAtMs - clock();
      const login = await loginOf(organizationId, operatorId);
      await carryOut(organizationId, { verb: "create_token", operatorId, login, token, lifetimeMs });
    },
    /** Resolves with whether it was valid. */
    revokeToken: async (organizationId: number, token: string) =>
      (await execute(organizationId, { verb: "revoke_token", token })).ok,
    /** Resolves with how many were valid. */
    async revokeTokensOf(organizationId: number, login: string) {
      const outcome = await execute(organizationId, { verb: "revoke_tokens", login });
      return outcome.ok ? outcome.value.revoked : 0;
    },

    /** Makes an organization; resolves with its number, which is drawn. */
    async addOrganization(name: string): Promise<number> {
      const id = await administration.drawOrganization();
      await carryOut(id, { verb: "create_organization", name });
      return id;
    },
    addHosts: (organizationId: number, addedHosts: readonly string[]) =>
      carryOut(organizationId, { verb: "change_organization", addedHosts }),
  };
}

/** What sets up the organizations of an app. */
export function setUpOf({ engine, queries, administration }: App): SetUp {
  return setUpBy(engine, queries, administration, Date.now);
}
