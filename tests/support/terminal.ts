import assert from "node:assert/strict";
import { type Command, CommanderError } from "commander";
import type { App } from "../../src/app.ts";
import { createProgram } from "../../src/cli/program.ts";
import { CommandError, type Tools } from "../../src/cli/tools.ts";
import { dialects } from "../../src/dialects/index.ts";
import { mailSettings } from "../../src/mail/settings.ts";
import { joinSettings } from "../../src/settings.ts";

/** How a command ended, and what it wrote: the same as of a process, but for errors that are faults of ours. */
export interface CommandEnd {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** The command line beside a server, in this process: a process for each command would cost most of a test's time. */
export interface Terminal {
  /** Runs a command that must do its work; resolves with the lines that it printed. */
  run(...words: string[]): Promise<readonly string[]>;
  /** Runs a command that must end with a sentence, and print nothing; resolves with the sentence. */
  refused(...words: string[]): Promise<string>;
  /** Runs a command, however it ends. Rejects with what would end a process with a stack trace. */
  end(...words: string[]): Promise<CommandEnd>;
}

/** Opens a terminal beside a server, or one whose commands must not look for any. */
export function openTerminal(beside?: { readonly app: App }): Terminal {
  async function end(...words: string[]): Promise<CommandEnd> {
    let out = "";
    let error = "";
    const program = createProgram(
      toolsOf(beside, (line) => {
        out += `${line}\n`;
      }),
      "0.0.0",
    );
    const output = {
      writeOut: (text: string) => {
        out += text;
      },
      writeErr: (text: string) => {
        error += text;
      },
    };
    for (const command of commandsBelow(program)) command.exitOverride().configureOutput(output);
    try {
      await program.parseAsync(words, { from: "user" });
      return { code: 0, out, error };
    } catch (reason) {
      // The parser has written its own words by now.
      if (reason instanceof CommanderError) return { code: reason.exitCode, out, error };
      if (reason instanceof CommandError) return { code: 1, out, error: `${error}${reason.message}\n` };
      throw reason;
    }
  }

  return {
    end,
    async run(...words) {
      const { code, out, error } = await end(...words);
      assert.deepEqual({ code, error }, { code: 0, error: "" });
      return out === "" ? [] : out.slice(0, -1).split("\n");
    },
    async refused(...words) {
      const { code, out, error } = await end(...words);
      assert.equal(code, 1, `"${words.join(" ")}" did its work`);
      assert.equal(out, "", "what is refused prints nothing");
      return error.slice(0, -1);
    },
  };
}

function commandsBelow(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(commandsBelow)];
}

function toolsOf(beside: { readonly app: App } | undefined, print: (line: string) => void): Tools {
  const notHere = () => assert.fail("a command of this kind needs a process of its own");
  const app = () => beside?.app ?? assert.fail("no server runs beside, and this command looks for its database");
  return {
    environment: {},
    fromFile: new Set(),
    input: process.stdin,
    isAttended: false,
    ignoredVariables: [],
    print,
    overwrite: undefined,
    openDatabase: async () => {
      app();
      return {
        name: "the database of the test",
        migrate: async () => [],
        checkSchema: async () => {},
        inspect: notHere,
        close: async () => {},
      };
    },
    // The server goes on when the command has ended.
    openServices: async () => ({ ...app(), close: async () => {} }),
    openServer: notHere,
    removeEmbedded: notHere,
    secretKeys: { check: notHere, reseal: notHere, forget: notHere },
    dialects,
    organizationSettings: joinSettings(mailSettings.list, ...dialects.map(({ settings }) => settings)),
    checkMail: notHere,
    freeBytes: notHere,
  };
}
