import { createInterface } from "node:readline/promises";
import { CommandError, type Tools } from "./tools.ts";

/** The option that answers the question before it is asked. */
export const yesOption = ["--yes", "do it without asking"] as const;

/**
 * Asks at a terminal whether to do what these sentences tell. Ends with a sentence unless the answer is yes; without a
 * terminal nobody can answer, so the option is needed.
 */
export async function confirm(tools: Tools, consequences: string, { yes = false }: { yes?: boolean }): Promise<void> {
  if (yes) return;
  if (!tools.input.isTTY) throw new CommandError(`${consequences} Nothing was changed: say --yes to do it.`);
  const terminal = createInterface({ input: tools.input, output: process.stderr });
  try {
    const answer = await terminal.question(`${consequences} Type yes to do it: `);
    if (answer.trim().toLowerCase() !== "yes") throw new CommandError("Nothing was changed.");
  } finally {
    terminal.close();
  }
}
