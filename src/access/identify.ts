import { hash, randomBytes } from "node:crypto";
import type { KnownOperator, Reader } from "../engine/reader.ts";
import { type Authenticator, type Credentials, type Identity, staleMaxMs } from "./authenticator.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { remember } from "./recent.ts";
import { createThrottle } from "./throttle.ts";
import { takeTurns } from "./turns.ts";

/** Accounts of which the last verified password is remembered. */
const verifiedMax = 10_000;
/**
 * Callers that are looked at closely at once. The others wait, and are counted before the next ones have their turn: of
 * guesses that arrive together, no more than these pass the throttle uncounted.
 */
const closeLooksMax = 4;

/**
 * An {@link Authenticator} that asks the reader. A password costs one slow hash per process and change: after that it is
 * recognized by a keyed hash that never leaves the memory, as long as the stored hash stays the same.
 */
export function createAuthenticator(reader: Reader): Authenticator {
  const throttle = createThrottle();
  const inTurn = takeTurns(closeLooksMax);
  const memoryKey = randomBytes(32).toString("hex");
  /** By account: the stored hash, and the keyed hash of the password that was found to fit it. */
  const verified = new Map<string, { readonly passwordHash: string; readonly proof: string }>();
  const verifying = new Map<string, Promise<boolean>>();
  const nobodysHash = hashPassword(randomBytes(16).toString("hex"));

  const operators = remember((key) => reader.operatorByLogin(...splitKey(key)), { staleMaxMs });
  const accessKeys = remember((key) => reader.accessKey(...splitKey(key)), { staleMaxMs });
  const tokens = remember((key) => reader.operatorByToken(...splitKey(key)), { staleMaxMs });

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
      const operator = await operators.recent(joinKey(organizationId, login.name));
      const known = verified.get(joinKey(organizationId, login.name));
      const fits =
        operator !== undefined &&
        known?.passwordHash === operator.passwordHash &&
        known.proof === prove(operator, login.password);
      if (fits) return { kind: "operator", operator };
    }
    return undefined;
  }

  /** By a password, as it is now: what was changed a moment ago counts. An unknown login costs as much as a known one. */
  async function identifySlowly(organizationId: number, { login }: Credentials): Promise<Identity | undefined> {
    if (login === undefined) return undefined;
    const account = joinKey(organizationId, login.name);
    const operator = isPlausible(login.name) ? await operators.fresh(account) : undefined;
    if (operator === undefined) {
      await verifyPassword(login.password, await nobodysHash);
      return undefined;
    }
    const proof = prove(operator, login.password);
    if (!(await verifyOnce(`${account} ${proof}`, login.password, operator.passwordHash))) {
      return undefined;
    }
    if (verified.size >= verifiedMax) verified.clear();
    verified.set(account, { passwordHash: operator.passwordHash, proof });
    return { kind: "operator", operator };
  }

  /** The same password that is presented many times at once is hashed once. */
  function verifyOnce(key: string, password: string, passwordHash: string): Promise<boolean> {
    let running = verifying.get(key);
    if (running === undefined) {
      running = verifyPassword(password, passwordHash).finally(() => verifying.delete(key));
      verifying.set(key, running);
    }
    return running;
  }

  /**
   * One digest over a secret prefix, since a keyed hash object for each request cost a sixth of its time. Comparing two
   * proofs letter by letter tells nothing: nobody but this process can make one.
   */
  function prove(operator: KnownOperator, password: string): string {
    return hash("sha256", `${memoryKey}${operator.passwordHash}\0${password}`);
  }
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
