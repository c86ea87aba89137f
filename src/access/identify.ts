import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { customerIdentity } from "../core/customer.ts";
import type { Administration } from "../engine/administration.ts";
import type { KnownCustomer } from "../queries/customers.ts";
import type { KnownOperator, KnownToken } from "../queries/operators.ts";
import type { Queries } from "../queries/queries.ts";
import { addressPrefixOf } from "./address-prefix.ts";
import { type Authenticator, type Credentials, type Identity, staleMaxMs } from "./authenticator.ts";
import { createCache } from "./cache.ts";
import { inNetworks } from "./networks.ts";
import { createPasswordCheck } from "./password-check.ts";
import { type Attempt, attemptOf, createThrottle } from "./throttle.ts";
import { isBrokenToken } from "./token-format.ts";
import { noteTokenUses } from "./token-uses.ts";

/** The identified caller, and the credential that fits. */
interface Found {
  readonly identity: Identity;
  /** Whether it was the login. Then the caller is known on that account. */
  readonly byLogin?: true;
  /** Whether a wrong credential stood before the right one. */
  readonly besideWrong?: boolean;
}

export interface AuthenticatorOptions {
  /** Milliseconds since the epoch, by which tokens expire. */
  readonly clock?: () => number;
  /** Milliseconds on a clock that never goes back, for everything else. */
  readonly now?: () => number;
  /** Where the last use of tokens is noted; absent: nowhere. */
  readonly administration?: Pick<Administration, "noteTokenUse">;
}

/** An {@link Authenticator} that asks the database. */
export function createAuthenticator(
  queries: Pick<Queries, "accessKeys" | "customers" | "operators">,
  { clock = Date.now, now = () => performance.now(), administration }: AuthenticatorOptions = {},
): Authenticator {
  const throttle = createThrottle(now);
  const passwords = createPasswordCheck();
  /** Keyed into the digests in memory, so that they do not tell the credentials. */
  const memoryKey = randomBytes(32).toString("hex");

  const operators = createCache((key) => queries.operators.byLogin(...splitKey(key)), { staleMaxMs, now });
  const accessKeys = createCache((key) => queries.accessKeys.byKey(...splitKey(key)), { staleMaxMs, now });
  const noteUse = administration === undefined ? () => {} : noteTokenUses(administration, now);
  const customers = createCache((key) => queries.customers.byName(...splitKey(key)), { staleMaxMs, now });

  /** One short name for all credentials that are presented together. */
  function digest(organizationId: number, presented: readonly (string | undefined)[]): string {
    return hash("sha256", JSON.stringify([memoryKey, organizationId, ...presented]), "base64");
  }

  /** A lone access key is its own name, since the cache has it anyway. That saves a microsecond in a gate's request. */
  function nameOf(
    organizationId: number,
    keys: readonly string[],
    token: string | undefined,
    login: Credentials["login"],
  ): string {
    const [key] = keys;
    const isLone = keys.length === 1 && token === undefined && login === undefined;
    if (isLone && key !== undefined && key.length <= nameLengthMax) return `${organizationId} ${key}`;
    return digest(organizationId, [...keys, token, login?.name, login?.password]);
  }

  return {
    async identify(organizationId, credentials, address) {
      const { accessKeys: keys = [], login, token } = credentials;
      const account = login === undefined ? undefined : accountOf("operator", organizationId, login.name);
      const attempt = attemptOf(addressPrefixOf(address), account, nameOf(organizationId, keys, token, login));
      const isKnown = throttle.isKnown(attempt);
      if (!isKnown && throttle.isClosed(attempt)) return "throttled";
      const found =
        (await identifyQuickly(organizationId, credentials, address)) ??
        (await identifySlowly(organizationId, credentials, attempt));
      // Guesses that arrive together may all be looked up. The limit holds for the answers.
      if (found === "refused" || (!isKnown && throttle.isClosed(attempt))) return "throttled";
      if (found === undefined) {
        throttle.fail(attempt);
        return "credentials_wrong";
      }
      const { byLogin = false, besideWrong = false } = found;
      throttle.succeed(byLogin || account === undefined ? attempt : { ...attempt, pair: undefined }, { besideWrong });
      return found.identity;
    },

    async identifySigner(organizationId, login, address, judge) {
      const account = accountOf("operator", organizationId, login);
      const attempt = attemptOf(addressPrefixOf(address), account, undefined);
      if (throttle.isClosed(attempt)) return "throttled";
      const key = joinKey(organizationId, login);
      const find = async (how: "get" | "refresh") => (isPlausible(login) ? operators[how](key) : undefined);
      const isAccepted = (operator: KnownOperator | undefined): operator is KnownOperator => {
        const verdict = operator === undefined ? "wrong" : judge(operator);
        if (verdict === "right") throttle.succeed(attempt);
        return verdict !== "wrong";
      };
      const recent = await find("get");
      if (throttle.isClosed(attempt)) return "throttled";
      if (isAccepted(recent)) return recent;
      // Counted before the new look-up, so that guesses that arrive together are not compared beyond the limit.
      throttle.fail(attempt);
      const operator = await find("refresh");
      if (isAccepted(operator)) return operator;
      return operator === undefined ? "login_unknown" : "credentials_wrong";
    },

    async identifyCustomer(organizationId, names, candidates, address) {
      const account = accountOf("customer", organizationId, customerIdentity(names[0] ?? ""));
      const credentials = digest(organizationId, [...names, "password", ...candidates]);
      const attempt = attemptOf(addressPrefixOf(address), account, credentials);
      if (throttle.isClosed(attempt)) return "throttled";
      const recent = await findCustomer(organizationId, names, "get");
      const customer =
        recent !== undefined && wasVerified(organizationId, recent, candidates)
          ? recent
          : await findCustomer(organizationId, names, "refresh");
      const fits = await fitsCustomer(organizationId, customer, candidates, attempt);
      return fits === "refused" ? "throttled" : conclude(attempt, customer, fits);
    },

    async identifyKeyHolder(organizationId, names, loginKey, address) {
      const credentials = digest(organizationId, [...names, "key", loginKey]);
      const attempt = attemptOf(addressPrefixOf(address), undefined, credentials);
      if (throttle.isClosed(attempt)) return "throttled";
      const holds = (one: KnownCustomer) => one.loginKeys.some((known) => isSame(known, loginKey));
      let customer = await findCustomer(organizationId, names, "get");
      if (customer === undefined || !holds(customer)) customer = await findCustomer(organizationId, names, "refresh");
      return conclude(attempt, customer, customer !== undefined && holds(customer));
    },
  };

  /** The answer to an attempt at a customer's account, counted. `fits`: the credentials are the customer's. */
  function conclude(attempt: Attempt, customer: KnownCustomer | undefined, fits: boolean) {
    if (throttle.isClosed(attempt)) return "throttled";
    if (customer !== undefined && fits) {
      throttle.succeed(attempt);
      return customer;
    }
    throttle.fail(attempt);
    return customer === undefined ? "login_unknown" : "credentials_wrong";
  }

  /** By access key, by token, or by a password that was verified before. */
  async function identifyQuickly(
    organizationId: number,
    { accessKeys: candidates = [], opens, login, token, heedsReach }: Credentials,
    address: string,
  ): Promise<Found | undefined> {
    for (const [index, key] of candidates.entries()) {
      if (!isPlausible(key)) continue;
      const remembered = await accessKeys.get(joinKey(organizationId, key));
      const isOutdated = opens !== undefined && remembered?.opens.has(opens) === false;
      const accessKey = isOutdated ? await accessKeys.refresh(joinKey(organizationId, key)) : remembered;
      if (accessKey !== undefined) return { identity: { kind: "access_key", key, accessKey }, besideWrong: index > 0 };
    }
    if (token !== undefined && isPlausible(token) && !isBrokenToken(token)) {
      const known = await queries.operators.byToken(organizationId, token);
      if (known !== undefined && isValid(known, heedsReach === true, address)) {
        const { id, operator, limits } = known;
        noteUse(organizationId, id);
        return { identity: { kind: "operator", operator, limits } };
      }
    }
    if (login !== undefined && isPlausible(login.name) && login.isReadAnew !== true) {
      const key = joinKey(organizationId, login.name);
      const operator = await operators.get(key);
      if (operator !== undefined && passwords.wasVerified(key, operator.passwordHash, login.password)) {
        return { identity: { kind: "operator", operator }, byLogin: true };
      }
    }
    return undefined;
  }

  /** Whether a token is valid now, from this address, and for a caller that does or does not heed its reach. */
  function isValid({ expiresAtMs, limits }: KnownToken, heedsReach: boolean, address: string): boolean {
    if (expiresAtMs !== null && expiresAtMs <= clock()) return false;
    if (limits === null) return true;
    const { productIds, categories, networks } = limits;
    if (!heedsReach && (productIds !== null || categories !== null)) return false;
    return networks === null || inNetworks(networks)(address);
  }

  /** By the password as it is stored now, so a change counts at once. An unknown login takes as long as a known one. */
  async function identifySlowly(
    organizationId: number,
    { login }: Credentials,
    attempt: Attempt,
  ): Promise<Found | undefined | "refused"> {
    if (login === undefined) return undefined;
    const account = joinKey(organizationId, login.name);
    const operator = isPlausible(login.name) ? await operators.refresh(account) : undefined;
    const fits = await verify(organizationId, account, operator?.passwordHash, login.password, attempt);
    if (fits === "refused") return "refused";
    return fits && operator !== undefined ? { identity: { kind: "operator", operator }, byLogin: true } : undefined;
  }

  async function verify(
    organizationId: number,
    account: string,
    passwordHash: string | undefined,
    password: string,
    attempt: Attempt,
  ): Promise<boolean | "refused"> {
    if (passwordHash !== undefined && passwords.wasVerified(account, passwordHash, password)) return true;
    const who = { organizationId, prefix: attempt.prefix.name, rank: throttle.rankOf(attempt) };
    return passwords.verify({ account, passwordHash, password }, who, () => !throttle.isClosed(attempt));
  }

  function wasVerified(organizationId: number, customer: KnownCustomer, candidates: readonly string[]): boolean {
    const { passwordHash } = customer;
    if (passwordHash === null) return false;
    return candidates.some((one) => passwords.wasVerified(passwordOf(organizationId, customer), passwordHash, one));
  }

  /** Whether the customer has one of these passwords. It is as slow without a customer or without a password. */
  async function fitsCustomer(
    organizationId: number,
    customer: KnownCustomer | undefined,
    candidates: readonly string[],
    attempt: Attempt,
  ): Promise<boolean | "refused"> {
    const account = customer === undefined ? "nobody" : passwordOf(organizationId, customer);
    for (const candidate of candidates) {
      const passwordHash = customer?.passwordHash ?? undefined;
      const fits = await verify(organizationId, account, passwordHash, candidate, attempt);
      if (fits !== false) return fits;
    }
    return false;
  }

  /** The customer with the first of these names that a customer has. */
  async function findCustomer(
    organizationId: number,
    names: readonly string[],
    how: "get" | "refresh",
  ): Promise<KnownCustomer | undefined> {
    for (const name of names) {
      const customer = isPlausible(name)
        ? await customers[how](joinKey(organizationId, customerIdentity(name)))
        : undefined;
      if (customer !== undefined) return customer;
    }
    return undefined;
  }
}

/** The name of the account for `PasswordCheck`. */
function passwordOf(organizationId: number, { id }: KnownCustomer): string {
  return `customer ${joinKey(organizationId, String(id))}`;
}

/** A longer text is replaced by its digest. */
const nameLengthMax = 64;

/** The name of an account for the throttle; `undefined` for an impossible login. */
function accountOf(kind: "operator" | "customer", organizationId: number, name: string): string | undefined {
  if (!isPlausible(name)) return undefined;
  return `${kind} ${joinKey(organizationId, name.length > nameLengthMax ? hash("sha256", name) : name)}`;
}

/** Whether two texts are equal. The time taken does not tell where they differ. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}

/** Whether the database can contain the text at all. */
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
