import { hash, randomBytes } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { createSemaphore, type Waiter } from "./semaphore.ts";

/** Accounts of which the last verified password is remembered. */
const verifiedMax = 10_000;
/** Slow hashes that are made at once. They take threads of which the process has four, and files need some, too. */
export const hashesAtOnceMax = 2;
/** Passwords that wait to be hashed; on a busy machine a second's work. A further one is refused at once. */
export const waitingHashesMax = 32;
/**
 * Those of one prefix. More than one, since several people may sit behind one address; few, since a guesser may, too.
 */
export const waitingHashesPerPrefixMax = 4;
/**
 * A password that has waited so long is not hashed any more: its sender will have been answered before that helps it.
 */
const hashWaitMaxMs = 5_000;

/**
 * Compares passwords with stored hashes. A password costs one slow hash per process and change: after that it is
 * recognized by a keyed hash that never leaves the memory, as long as the stored hash stays the same.
 */
export interface PasswordCheck {
  /** Whether this password was found to fit this stored hash before; quick. */
  wasVerified(account: string, passwordHash: string, password: string): boolean;
  /**
   * Whether it fits; slow, and as slow when there is no hash to compare with. `refused` without a look when too many
   * wait, or when its turn comes and `isWanted` says that it is not any more.
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
  const nobodysHash = hashPassword(randomBytes(16).toString("hex"));
  const semaphore = createSemaphore({
    runningMax: hashesAtOnceMax,
    waitingMax: waitingHashesMax,
    waitingPerPrefixMax: waitingHashesPerPrefixMax,
    waitMaxMs: hashWaitMaxMs,
  });

  /**
   * One digest over a secret prefix, since a keyed hash object for each request cost a sixth of its time. Comparing two
   * proofs letter by letter tells nothing: nobody but this process can make one.
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
      // The same password that is presented many times at once is hashed once.
      if (underWay !== undefined) return underWay;
      const verdict = semaphore(who, async () => {
        if (!isWanted()) return "refused" as const;
        const fits = await verifyPassword(password, passwordHash ?? (await nobodysHash));
        if (!fits || passwordHash === undefined) return false;
        verified.set(account, { passwordHash, proof });
        return true;
      }).finally(() => verifying.delete(key));
      verifying.set(key, verdict);
      return verdict;
    },
  };
}
