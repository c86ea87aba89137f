/** Loaded when a password is hashed first: few commands need it, and it costs each of them a tenth of its start. */
const argon2 = () => import("@node-rs/argon2");

/** Longer passwords are refused unhashed, so that a stranger cannot choose the amount of work. */
export const passwordLengthMax = 1_024;

/** Argon2id with 19 MiB and two passes, as OWASP recommends it. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The hash to store for a password. Slow on purpose. */
export async function hashPassword(password: string): Promise<string> {
  const { hash } = await argon2();
  return hash(password.normalize("NFC"), parameters);
}

/** Whether this password has that hash. Slow on purpose. `false` also for a password that is too long. */
export async function verifyPassword(password: string, passwordHash: string): Promise<boolean> {
  if (password.length > passwordLengthMax) return false;
  const { verify } = await argon2();
  return verify(passwordHash, password.normalize("NFC"));
}
