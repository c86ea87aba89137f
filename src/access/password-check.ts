import { hash, randomBytes } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { createSemaphore, type Waiter } from "./semaphore.ts";

/** Accounts whose last verified password is kept in memory. */
const verifiedMax = 10_000;
/** Passwords that are hashed at once. Each takes a thread. The process has four, and files need some too. */
export const hashesAtOnceMax = 2;
/** Passwords that wait to be hashed, a second's work on a busy machine. Further ones are refused at once. */
export const waitingHashesMax = 32;
/** The same for one prefix. Several people may share an address, perhaps with a guesser. */
export const waitingHashesPerPrefixMax = 4;
/** After this wait a password is not hashed any more: its request is answered before the hash would be ready. */
const hashWaitMaxMs = 5_000;

/**
 * Compares passwords with stored hashes. Each process hashes a password slowly once. Then it recognizes the password by
 * a keyed hash that never leaves the memory, as long as the stored hash stays the same.
 */
export interface PasswordCheck {
  /** Whether this password was verified against this stored hash before. Quick. */
  wasVerified(account: string, passwordHash: string, password: string): boolean;
  /**
   * Whether the password fits the stored hash. Slow, and as slow without a stored hash. `refused` when too many
   * passwords wait, or when `isWanted` is false once it is the password's turn.
   */
  verify(
    login: { readonly account: string; readonly passwordHash: string | undefined; readonly password: string },
    who: Waiter,
    isWanted: () => boolean,
  ): Promise<boolean | "refused">;
}

export function createPasswordCheck(): PasswordCheck {
  const memoryKey = randomBytes(32).toString("hex");
  /** By account: the stored hash, and the keyed hash of the password that was found to fit it. */
  const verified = new BoundedMap<string, { readonly passwordHash: string; readonly proof: string }>(verifiedMax);
  const verifying = new Map<string, Promise<boolean | "refused">>();
  const decoyHash = hashPassword(randomBytes(16).toString("hex"));
  const semaphore = createSemaphore({
    runningMax: hashesAtOnceMax,
    waitingMax: waitingHashesMax,
    waitingPerPrefixMax: waitingHashesPerPrefixMax,
    waitMaxMs: hashWaitMaxMs,
  });

  /**
   * One digest over a secret prefix: a keyed hash object took a sixth of a request's time. Proofs may be compared in
   * the ordinary way, since only this process can make one.
   */
  function prove(passwordHash: string, password: string): string {
    return hash("sha256", `${memoryKey}${passwordHash}\0${password}`);
  }

  return {
    wasVerified(account, passwordHash, password) {
      const known = verified.get(account);
      return known?.passwordHash === passwordHash && known.proof === prove(passwordHash, password);
    },
    verify({ account, passwordHash, password }, who, isWanted) {
      const proof = prove(passwordHash ?? "", password);
      const key = `${account} ${proof}`;
      const underWay = verifying.get(key);
      // A password that arrives many times at once is hashed once.
      if (underWay !== undefined) return underWay;
      const verdict = semaphore(who, async () => {
        if (!isWanted()) return "refused" as const;
        const fits = await verifyPassword(password, passwordHash ?? (await decoyHash));
        if (!fits || passwordHash === undefined) return false;
        verified.set(account, { passwordHash, proof });
        return true;
      }).finally(() => verifying.delete(key));
      verifying.set(key, verdict);
      return verdict;
    },
  };
}
