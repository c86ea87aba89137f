import { randomBytes } from "node:crypto";
import { hashPassword } from "../access/password.ts";
import type { Tools } from "./tools.ts";

const passwordBytes = 15;

/** A drawn password, to be shown once, and its hash, to be stored. */
export async function newPassword(): Promise<{ readonly password: string; readonly passwordHash: string }> {
  const password = randomBytes(passwordBytes).toString("base64url");
  return { password, passwordHash: await hashPassword(password) };
}

/** Shows a drawn password this once, with these facts about its account in front. */
export function printPassword(tools: Tools, account: Readonly<Record<string, string>>, password: string): void {
  for (const [name, value] of Object.entries({ ...account, password })) tools.print(`${name.padEnd(8)}  ${value}`);
  tools.print("It is not shown again.");
}
