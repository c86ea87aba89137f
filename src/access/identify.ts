import { hash, timingSafeEqual } from "node:crypto";
import { customerIdentity } from "../core/customer.ts";
import type { KnownCustomer, Reader } from "../engine/reader.ts";
import { type Authenticator, type Credentials, type Identity, staleMaxMs } from "./authenticator.ts";
import { createPasswordCheck } from "./password-check.ts";
import { remember } from "./recent.ts";
import { createThrottle } from "./throttle.ts";
import { takeTurns } from "./turns.ts";

/**
 * Callers that are looked at closely at once. The others wait, and are counted before the next ones have their turn: of
 * guesses that arrive together, no more than these pass the throttle uncounted.
 */
const closeLooksMax = 4;

/** An {@link Authenticator} that asks the reader. */
export function createAuthenticator(reader: Reader): Authenticator {
  const throttle = createThrottle();
  const inTurn = takeTurns(closeLooksMax);
  const passwords = createPasswordCheck();

  const operators = remember((key) => reader.operatorByLogin(...splitKey(key)), { staleMaxMs });
  const accessKeys = remember((key) => reader.accessKey(...splitKey(key)), { staleMaxMs });
  const tokens = remember((key) => reader.operatorByToken(...splitKey(key)), { staleMaxMs });

  const customers = remember((key) => reader.customerByName(...splitKey(key)), { staleMaxMs });

  return {
    async identify(organizationId, credentials, address) {
      const account = credentials.login === undefined ? undefined : joinKey(organizationId, credentials.login.name);
      const quick = await identifyQuickly(organizationId, credentials);
      if (quick !== undefined) return quick;
      return inTurn(async () => {
        // Once more: the same password may have been verified while this one waited for its turn.
        const verified = await identifyQuickly(organizationId, credentials);
        if (verified !== undefined) return verified;
        if (await throttle.isClosed(address, account)) return "throttled";
        const slow = await identifySlowly(organizationId, credentials);
        if (slow !== undefined) return slow;
        await throttle.fail(address, account);
        return "credentials_wrong";
      });
    },

    async identifySigner(organizationId, login, address, isSigned) {
      const account = joinKey(organizationId, login);
      const known = isPlausible(login) ? await operators.recent(account) : undefined;
      if (known !== undefined && isSigned(known)) return known;
      const operator = isPlausible(login) ? await operators.fresh(account) : undefined;
      if (operator !== undefined && isSigned(operator)) return operator;
      if (await throttle.isClosed(address, account)) return "throttled";
      await throttle.fail(address, account);
      return operator === undefined ? "login_unknown" : "credentials_wrong";
    },

    async identifyCustomer(organizationId, names, candidates, address) {
      const accountOf = (customer: KnownCustomer | undefined) =>
        customer === undefined
          ? `nobody ${joinKey(organizationId, customerIdentity(names[0] ?? ""))}`
          : `customer ${joinKey(organizationId, String(customer.id))}`;
      const wasVerified = (customer: KnownCustomer) => {
        const { passwordHash } = customer;
        const wasThis = (one: string) => passwords.wasVerified(accountOf(customer), passwordHash ?? "", one);
        return passwordHash !== null && candidates.some(wasThis);
      };
      const recent = await findCustomer(organizationId, names, "recent");
      if (recent !== undefined && wasVerified(recent)) return recent;
      return inTurn(async () => {
        const customer = await findCustomer(organizationId, names, "fresh");
        if (customer !== undefined && wasVerified(customer)) return customer;
        const account = accountOf(customer);
        if (await throttle.isClosed(address, account)) return "throttled";
        for (const candidate of candidates) {
          const fits = await passwords.verify(account, customer?.passwordHash ?? undefined, candidate);
          if (fits && customer !== undefined) return customer;
        }
        await throttle.fail(address, account);
        return customer === undefined ? "login_unknown" : "credentials_wrong";
      });
    },

    async identifyKeyHolder(organizationId, names, loginKey, address) {
      const holds = (customer: KnownCustomer) => customer.loginKeys.some((known) => isSame(known, loginKey));
      const recent = await findCustomer(organizationId, names, "recent");
      if (recent !== undefined && holds(recent)) return recent;
      const customer = await findCustomer(organizationId, names, "fresh");
      if (customer !== undefined && holds(customer)) return customer;
      if (await throttle.isClosed(address, undefined)) return "throttled";
      await throttle.fail(address, undefined);
      return customer === undefined ? "login_unknown" : "credentials_wrong";
    },
  };

  /** By access key, by token, or by a password that was verified before. */
  async function identifyQuickly(
    organizationId: number,
    { accessKeys: candidates = [], opens, login, token }: Credentials,
  ): Promise<Identity | undefined> {
    for (const key of candidates) {
      if (!isPlausible(key)) continue;
      const remembered = await accessKeys.recent(joinKey(organizationId, key));
      const isOutdated = opens !== undefined && remembered?.productIds.has(opens) === false;
      const accessKey = isOutdated ? await accessKeys.fresh(joinKey(organizationId, key)) : remembered;
      if (accessKey !== undefined) return { kind: "access_key", key, accessKey };
    }
    if (token !== undefined && isPlausible(token)) {
      const operator = await tokens.recent(joinKey(organizationId, token));
      if (operator !== undefined) return { kind: "operator", operator };
    }
    if (login !== undefined && isPlausible(login.name)) {
      const account = joinKey(organizationId, login.name);
      const operator = await operators.recent(account);
      if (operator !== undefined && passwords.wasVerified(account, operator.passwordHash, login.password)) {
        return { kind: "operator", operator };
      }
    }
    return undefined;
  }

  /** By a password, as it is now: what was changed a moment ago counts. An unknown login costs as much as a known one. */
  async function identifySlowly(organizationId: number, { login }: Credentials): Promise<Identity | undefined> {
    if (login === undefined) return undefined;
    const account = joinKey(organizationId, login.name);
    const operator = isPlausible(login.name) ? await operators.fresh(account) : undefined;
    const fits = await passwords.verify(account, operator?.passwordHash, login.password);
    return fits && operator !== undefined ? { kind: "operator", operator } : undefined;
  }

  /** The first of these names that is a customer's. */
  async function findCustomer(
    organizationId: number,
    names: readonly string[],
    how: "recent" | "fresh",
  ): Promise<KnownCustomer | undefined> {
    for (const name of names) {
      const customer = isPlausible(name) ? await customers[how](joinKey(organizationId, name)) : undefined;
      if (customer !== undefined) return customer;
    }
    return undefined;
  }
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}

/** Text that the database can be asked for at all. */
function isPlausible(text: string): boolean {
  return text !== "" && text.length <= 1_024 && !text.includes("\0");
}

function joinKey(organizationId: number, text: string): string {
  return `${organizationId} ${text}`;
}

function splitKey(key: string): [organizationId: number, text: string] {
  const blank = key.indexOf(" ");
  return [Number(key.slice(0, blank)), key.slice(blank + 1)];
}
