import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Command } from "commander";
import { dialects } from "../dialects/index.ts";
import { createProgram } from "./program.ts";
import type { Tools } from "./tools.ts";

/** Of what commands work with, help needs only what the protocols add. */
const tools: Partial<Tools> = { dialects, organizationSettings: dialects.flatMap(({ settings }) => settings) };
const program = createProgram(tools as Tools, "0.0.0");

/** Every command that does something, with the words that call it. */
function* commandsOf(parent: Command, path: readonly string[] = []): Generator<readonly [string, Command]> {
  for (const command of parent.commands) {
    const words = [...path, command.name()];
    if (command.commands.length === 0) yield [words.join(" "), command];
    else yield* commandsOf(command, words);
  }
}

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

describe("--help", () => {
  for (const [words, command] of commandsOf(program)) {
    it(`of ${words} tells how it is called and what it does`, () => {
      assert.match(helpOf(command), new RegExp(`^Usage: counterfoil ${words} .*\\n\\n[a-z]`));
    });

    if (!/^(?:chart|customer|device-group|edition|history|order|phone|system) |^gate (?:add|change)$/.test(words))
      continue;
    it(`of ${words} has an example that can be called`, () => {
      const [, example = ""] = /^Example:\n {2}counterfoil (.+)$/m.exec(helpOf(command)) ?? [];
      assert.ok(example.startsWith(words), example);
      const named = [...example.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      const required = command.options.filter(({ mandatory }) => mandatory).map(({ long }) => long);
      const known = command.options.map(({ long }) => long);
      assert.deepEqual(
        named.filter((option) => !known.includes(option)),
        [],
        "options that there are",
      );
      assert.deepEqual(
        required.filter((option) => !named.includes(option ?? "")),
        [],
        "options that must be given",
      );
    });
  }
});
