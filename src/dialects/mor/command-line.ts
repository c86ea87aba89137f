import type { CommandLine } from "../dialect.ts";
import { commands } from "./commands/index.ts";
import { templateSettings } from "./mails/templates.ts";
import { sample } from "./sample.ts";
import { settings } from "./settings.ts";

/** What the command line has of this protocol. */
export const commandLine: CommandLine = {
  productKinds: [{ kind: "card_group", called: "group" }],
  settings: [...settings.list, ...templateSettings.list],
  commands,
  sample,
};
