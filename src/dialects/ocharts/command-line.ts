import type { CommandLine } from "../dialect.ts";
import { commands } from "./commands/index.ts";
import { sample } from "./sample.ts";
import { settings } from "./settings.ts";

/** What the command line has of this protocol. */
export const commandLine: CommandLine = {
  productKinds: [{ kind: "chart", called: "chart" }],
  settings: settings.list,
  commands,
  sample,
};
