import { randomBytes } from "node:crypto";
import { hashPassword } from "../access/password.ts";

const passwordBytes = 15;

/** A drawn password, to be shown once, and its hash, to be stored. */
export async function newPassword(): Promise<{ readonly password: string; readonly passwordHash: string }> {
  const password = randomBytes(passwordBytes).toString("base64url");
  return { password, passwordHash: await hashPassword(password) };
}
