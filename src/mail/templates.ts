import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Liquid } from "liquidjs";

/** Longer templates are not read. */
const templateLengthMax = 100_000;
/** Rendering blocks the whole process, so it is given up after this time. */
const renderMsMax = 1_000;
/** How much a template may make while it renders, in characters and list items. */
const renderMemoryMax = 10_000_000;

/** The parts of a message that have templates. */
export type MailPart = "subject" | "text" | "html";

/** The templates of one kind of message, in the Liquid language. They may name the properties of `Data`. */
export interface MailTemplates<Data extends object> {
  /**
   * Fills every part. A template in `own` replaces the default one of its part. If it breaks, `onBroken` is called, and
   * the default one is filled.
   */
  fill(
    data: Data,
    own?: Partial<Record<MailPart, string | undefined>>,
    onBroken?: (part: MailPart) => void,
  ): Promise<Readonly<Record<MailPart, string>>>;
}

/** The templates `<name>.<part>.liquid` in the folder of the module with this URL. They are read when needed. */
export function mailTemplates<Data extends object>(moduleUrl: string, name: string): MailTemplates<Data> {
  const defaults = new Map<MailPart, string>();

  function defaultOf(part: MailPart): string {
    const template = defaults.get(part) ?? readFileSync(new URL(`${name}.${part}.liquid`, moduleUrl), "utf8");
    defaults.set(part, template);
    return template;
  }

  return {
    async fill(data, own = {}, onBroken) {
      const render = (part: MailPart, template: string) => liquids()[part].parseAndRender(template, data);
      const fillPart = async (part: MailPart): Promise<string> => {
        const template = own[part];
        if (template === undefined) return render(part, defaultOf(part));
        return render(part, template).catch(() => {
          onBroken?.(part);
          return render(part, defaultOf(part));
        });
      };
      return { subject: await fillPart("subject"), text: await fillPart("text"), html: await fillPart("html") };
    },
  };
}

/**
 * The template language's reason why this template cannot be used; `undefined` when it can. It is tried on `sample`,
 * with values like those of a real message.
 */
export function problemOfTemplate(template: string, part: MailPart, sample: object): string | undefined {
  try {
    liquids()[part].parseAndRenderSync(template, sample);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Templates cannot reach files, or any other data than their own. In HTML every value is escaped. */
let opened: Readonly<Record<MailPart, Liquid>> | undefined;

function liquids(): Readonly<Record<MailPart, Liquid>> {
  if (opened === undefined) {
    const plain = openLiquid();
    opened = { subject: plain, text: plain, html: openLiquid("escape") };
  }
  return opened;
}

function openLiquid(outputEscape?: "escape"): Liquid {
  // Loaded here, and at once: every command reads what settings there are, and hardly one fills a template.
  const liquid: typeof import("liquidjs") = createRequire(import.meta.url)("liquidjs");
  return new liquid.Liquid({
    // Included templates are looked up here, and never in a folder.
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
