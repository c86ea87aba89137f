import assert from "node:assert/strict";
import { runProgram } from "../../src/cli/program.ts";
import { CommandError, type Tools } from "../../src/cli/tools.ts";
import type { TestApp } from "./app.ts";

/** The command line beside a server, in this process: a process for each command would cost most of a test's time. */
export interface Terminal {
  /** Runs a command that must do its work; resolves with the lines that it printed. */
  run(...words: string[]): Promise<readonly string[]>;
  /** Runs a command that must end with a sentence, and print nothing; resolves with the sentence. */
  refused(...words: string[]): Promise<string>;
}

/** Opens a terminal beside a server. The command line itself must not be wrong: that would end this process. */
export function openTerminal({ app }: Pick<TestApp, "app">): Terminal {
  const lines: string[] = [];
  const notHere = () => assert.fail("a command of this kind needs a process of its own");
  const tools: Tools = {
    environment: {},
    fromFile: new Set(),
    input: process.stdin,
    isAttended: false,
    connectionsMax: 0,
    ignoredVariables: [],
    print: (line) => void lines.push(...line.split("\n")),
    draw: undefined,
    openDatabase: async () => ({
      name: "the database of the test",
      migrate: async () => [],
      checkSchema: async () => {},
      inspect: notHere,
      close: async () => {},
    }),
    // The server goes on when the command has ended.
    openServices: async () => ({ ...app, listen: notHere, close: async () => {} }),
    removeEmbedded: notHere,
    secretKeys: { check: notHere, reseal: notHere, forget: notHere },
    organizationSettings: [],
    checkOrganizationSetting: notHere,
    checkMail: notHere,
    freeBytes: notHere,
    writeFingerprint: notHere,
  };

  return {
    async run(...words) {
      lines.length = 0;
      await runProgram(tools, "0.0.0", words);
      return [...lines];
    },
    async refused(...words) {
      lines.length = 0;
      const error: unknown = await runProgram(tools, "0.0.0", words).then(
        () => assert.fail(`"${words.join(" ")}" did its work`),
        (reason: unknown) => reason,
      );
      if (!(error instanceof CommandError)) throw error;
      assert.deepEqual(lines, [], "what is refused prints nothing");
      return error.message;
    },
  };
}
