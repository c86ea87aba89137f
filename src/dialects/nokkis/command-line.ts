import type { CommandLine } from "../dialect.ts";
import { sample } from "./sample.ts";
import { settings } from "./settings.ts";

/** What the command line has of this protocol. */
export const commandLine: CommandLine = {
  productKinds: [{ kind: "event", called: "event", unit: "ticket" }],
  settings: settings.list,
  sample,
  async adviseAtStart(queries, organizationId) {
    const { adviseOnShortKeys } = await import("./keys.ts");
    return adviseOnShortKeys(queries, organizationId);
  },
};
