import { choice, defineSettings, type ReadSettings } from "../../settings.ts";

/** The settings of an organization. The defaults are the strict ones. */
export const settings = defineSettings("nokkis", {
  gate: choice(["key", "open"], {
    byDefault: "key",
    meaning: "key: a gate must present an apikey of the event; open: it need not",
  }),
  admin: choice(["operator", "open"], {
    byDefault: "operator",
    meaning: "operator: events, new barcodes and logs need an operator's password or token; open: they need nothing",
  }),
  httpStatus: choice(["200", "semantic"], {
    byDefault: "200",
    meaning: "200: every answer has status 200, as old clients expect; semantic: errors have a status of their own",
  }),
});

export type NokkisSettings = ReadSettings<typeof settings>;
