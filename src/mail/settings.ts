import { type Mailbox, parseMailbox } from "../core/mailbox.ts";
import { defineSettings, text } from "../settings.ts";

/** The settings for all mail of an organization. */
export const mailSettings = defineSettings("mail", {
  from: text<Mailbox | undefined>({
    byDefault: "MAIL_FROM",
    otherwise: undefined,
    meaning: "sender of the organization's mail, as Name <name@example.com>",
    must: "an address like name@example.com or Name <name@example.com>",
    parse: parseMailbox,
  }),
});
