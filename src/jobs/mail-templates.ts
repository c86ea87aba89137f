import { readFileSync } from "node:fs";
import { Liquid } from "liquidjs";

/** Longer templates are not read. */
const templateLengthMax = 100_000;
/** Rendering holds up the whole process, so it is given up after this. */
const renderMsMax = 1_000;
/** What a template may make while it renders, in characters and list items. */
const renderMemoryMax = 10_000_000;

/** The parts of a message that have templates. */
export const mailParts = ["subject", "text", "html"] as const;
export type MailPart = (typeof mailParts)[number];

/** Of each kind of message, what its templates may name. */
export interface MailData {
  readonly sale: {
    readonly organization: { readonly name: string };
    readonly product: { readonly name: string };
    /** `at` is a time as ISO 8601 has it. */
    readonly sale: { readonly number: number; readonly at: string };
    readonly cards: readonly {
      readonly number: string;
      readonly pin: string;
      readonly balance: string;
      readonly currency: string;
    }[];
  };
  readonly licenses: {
    readonly organization: { readonly name: string };
    /** `slots` is on how many machines at once one licence works. */
    readonly product: { readonly name: string; readonly slots: number };
    /** How the holder is addressed; empty when nobody said. */
    readonly holder: { readonly name: string };
    readonly licenses: readonly { readonly key: string }[];
  };
  readonly delivery: {
    readonly organization: { readonly name: string };
    readonly product: { readonly name: string };
    /** How the holder is addressed; empty when nobody said. */
    readonly holder: { readonly name: string };
    readonly edition: { readonly name: string };
    readonly system: { readonly name: string };
    /** Until when it can be downloaded, as ISO 8601 has it. */
    readonly delivery: { readonly expires_at: string };
  };
}
export type MailKind = keyof MailData;

/** Values like those of a real message, to try templates on. */
const samples: MailData = {
  sale: {
    organization: { name: "Example" },
    product: { name: "Sample card" },
    sale: { number: 1, at: "2026-01-01T12:00:00.000Z" },
    cards: [{ number: "6000000001", pin: "12345678", balance: "10.00", currency: "EUR" }],
  },
  licenses: {
    organization: { name: "Example" },
    product: { name: "Sample product", slots: 2 },
    holder: { name: "Ada" },
    licenses: [{ key: "AAAA-BBBB-CCCC-DDDD-EEEE-FAAA" }],
  },
  delivery: {
    organization: { name: "Example" },
    product: { name: "Sample chart" },
    holder: { name: "Ada" },
    edition: { name: "2026-1" },
    system: { name: "mylaptop" },
    delivery: { expires_at: "2026-01-08T12:00:00.000Z" },
  },
};

/** Fills the templates of messages, in the Liquid language. */
export interface MailTemplates {
  /** Fills the default template of this part. */
  renderDefault<K extends MailKind>(kind: K, part: MailPart, data: MailData[K]): Promise<string>;
  /** Fills a template of the organization. Rejects when it is broken, names what there is not, or takes too long. */
  render(template: string, part: MailPart, data: MailData[MailKind]): Promise<string>;
  /** Why this template cannot be used, in the words of the template language; `undefined` when it can. */
  check(template: string, kind: MailKind, part: MailPart): string | undefined;
}

/** Templates cannot reach files, nor anything but what they are given; in HTML every value is escaped. */
export function createMailTemplates(): MailTemplates {
  const plain = openLiquid();
  const engines: Record<MailPart, Liquid> = { subject: plain, text: plain, html: openLiquid("escape") };
  const defaults = new Map<string, string>();

  const templates: MailTemplates = {
    renderDefault(kind, part, data) {
      const file = `./templates/${kind}.${part}.liquid`;
      const template = defaults.get(file) ?? readFileSync(new URL(file, import.meta.url), "utf8");
      defaults.set(file, template);
      return templates.render(template, part, data);
    },
    render: (template, part, data) => engines[part].parseAndRender(template, data),
    check(template, kind, part) {
      try {
        engines[part].parseAndRenderSync(template, samples[kind]);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
  return templates;
}

function openLiquid(outputEscape?: "escape"): Liquid {
  return new Liquid({
    // Included templates are looked up here, and so never in a folder.
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    timezoneOffset: 0,
    parseLimit: templateLengthMax,
    renderLimit: renderMsMax,
    memoryLimit: renderMemoryMax,
    ...(outputEscape === undefined ? {} : { outputEscape }),
  });
}
