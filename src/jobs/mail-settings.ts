import { type Mailbox, parseMailbox } from "../core/mailbox.ts";
import { createMailTemplates, type MailPart, mailParts } from "./mail-templates.ts";

const names =
  "organization.name, product.name, sale.number, sale.at, and for each of cards: number, pin, balance, currency";

/** How an organization wants its mail; what is unset has its default. */
export const mailSettings = [
  {
    name: "mail.from",
    values: [],
    byDefault: "MAIL_FROM",
    meaning: "sender of the organization's mail, as Name <name@example.com>",
  },
  {
    name: "mail.subject",
    values: [],
    byDefault: "Counterfoil's own",
    meaning: `subject of the mail with sold cards, a Liquid template; it may name ${names}`,
  },
  {
    name: "mail.text",
    values: [],
    byDefault: "Counterfoil's own",
    meaning: 'the same for its text; from a file: counterfoil setting set mail.text "$(cat FILE)"',
  },
  {
    name: "mail.html",
    values: [],
    byDefault: "Counterfoil's own",
    meaning: "the same for its HTML, where every value is escaped",
  },
] as const;

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export async function checkMailSetting(name: string, value: string): Promise<string | undefined> {
  if (name === "mail.from") {
    return parseMailbox(value) === undefined
      ? "mail.from must be an address like name@example.com or Name <name@example.com>."
      : undefined;
  }
  const part = mailParts.find((one) => name === `mail.${one}`);
  if (part === undefined) {
    return `There is no setting ${name}. There are: ${mailSettings.map((one) => one.name).join(", ")}.`;
  }
  const problem = await createMailTemplates().check(value, "sale", part);
  return problem === undefined ? undefined : `${name} is a template that cannot be used: ${problem}.`;
}

/** The organization's own sender; `undefined` when it is unset or no address. */
export function readSender(settings: ReadonlyMap<string, unknown>): Mailbox | undefined {
  const value = settings.get("mail.from");
  return typeof value === "string" ? parseMailbox(value) : undefined;
}

/** The organization's own template for a part of the mail with sold cards; `undefined` when there is none. */
export function readTemplate(settings: ReadonlyMap<string, unknown>, part: MailPart): string | undefined {
  const value = settings.get(`mail.${part}`);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
