import { type MailPart, mailTemplates, problemOfTemplate } from "../../../mail/templates.ts";
import { defineSettings, type Setting, text } from "../../../settings.ts";

/** The variables of the templates for the mail with sold cards. */
interface SaleMail {
  readonly organization: { readonly name: string };
  readonly product: { readonly name: string };
  /** `at`: a time in ISO 8601. */
  readonly sale: { readonly number: number; readonly at: string };
  readonly cards: readonly {
    readonly number: string;
    readonly pin: string;
    readonly balance: string;
    readonly currency: string;
  }[];
}

export const saleTemplates = mailTemplates<SaleMail>(import.meta.url, "sale");

const names =
  "organization.name, product.name, sale.number, sale.at, and for each of cards: number, pin, balance, currency";

const sample: SaleMail = {
  organization: { name: "Example" },
  product: { name: "Sample card" },
  sale: { number: 1, at: "2026-01-01T12:00:00.000Z" },
  cards: [{ number: "6000000001", pin: "12345678", balance: "10.00", currency: "EUR" }],
};

/** An organization's own templates of the mail with sold cards. */
export const templateSettings = defineSettings("mail", {
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
      const problem = problemOfTemplate(value, part, sample);
      return problem === undefined ? undefined : `is a template that cannot be used: ${problem}`;
    },
  });
}
