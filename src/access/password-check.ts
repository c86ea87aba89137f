import { hash, randomBytes } from "node:crypto";
import { hashPassword, verifyPassword } from "./password.ts";

/** Accounts of which the last verified password is remembered. */
const verifiedMax = 10_000;

/**
 * Compares passwords with stored hashes. A password costs one slow hash per process and change: after that it is
 * recognized by a keyed hash that never leaves the memory, as long as the stored hash stays the same.
 */
export interface PasswordCheck {
  /** Whether this password was found to fit this stored hash before; quick. */
  wasVerified(account: string, passwordHash: string, password: string): boolean;
  /** Whether it fits; slow, and as slow when there is no hash to compare with. */
  verify(account: string, passwordHash: string | undefined, password: string): Promise<boolean>;
}

export function createPasswordCheck(): PasswordCheck {
  const memoryKey = randomBytes(32).toString("hex");
  /** By account: the stored hash, and the keyed hash of the password that was found to fit it. */
  const verified = new Map<string, { readonly passwordHash: string; readonly proof: string }>();
  const verifying = new Map<string, Promise<boolean>>();
  const nobodysHash = hashPassword(randomBytes(16).toString("hex"));

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
  function prove(passwordHash: string, password: string): string {
    return hash("sha256", `${memoryKey}${passwordHash}\0${password}`);
  }

  return {
    wasVerified(account, passwordHash, password) {
      const known = verified.get(account);
      return known?.passwordHash === passwordHash && known.proof === prove(passwordHash, password);
    },
    async verify(account, passwordHash, password) {
      if (passwordHash === undefined) {
        await verifyPassword(password, await nobodysHash);
        return false;
      }
      const proof = prove(passwordHash, password);
      if (!(await verifyOnce(`${account} ${proof}`, password, passwordHash))) return false;
      if (verified.size >= verifiedMax) verified.clear();
      verified.set(account, { passwordHash, proof });
      return true;
    },
  };
}
