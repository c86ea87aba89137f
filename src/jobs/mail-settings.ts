import { type Mailbox, parseMailbox } from "../core/mailbox.ts";
import { defineSettings, type Setting, text } from "../settings.ts";
import { createMailTemplates, type MailPart } from "./mail-templates.ts";

const names =
  "organization.name, product.name, sale.number, sale.at, and for each of cards: number, pin, balance, currency";

/** How an organization wants its mail: its sender, and templates of the mail with sold cards. */
export const mailSettings = defineSettings("mail", {
  from: text<Mailbox | undefined>({
    byDefault: "MAIL_FROM",
    otherwise: undefined,
    meaning: "sender of the organization's mail, as Name <name@example.com>",
    must: "an address like name@example.com or Name <name@example.com>",
    parse: parseMailbox,
  }),
  subject: template("subject", `subject of the mail with sold cards, a Liquid template; it may name ${names}`),
  text: template("text", 'the same for its text; from a file: counterfoil setting set mail.text "$(cat FILE)"'),
  html: template("html", "the same for its HTML, where every value is escaped"),
});

function template(part: MailPart, meaning: string): Setting<string | undefined> {
  return text<string | undefined>({
    byDefault: "Counterfoil's own",
    otherwise: undefined,
    meaning,
    parse: (value) => (value.trim() === "" ? undefined : value),
    problemWith(value) {
      const problem = createMailTemplates().check(value, "sale", part);
      return problem === undefined ? undefined : `is a template that cannot be used: ${problem}`;
    },
  });
}
