import { readFileSync } from "node:fs";
import { Liquid } from "liquidjs";

/** Longer templates are not read. */
const templateLengthMax = 100_000;
/** Rendering holds up the whole process, so it is given up after this. */
const renderMsMax = 1_000;
/** What a template may make while it renders, in characters and list items. */
const renderMemoryMax = 10_000_000;

/** The parts of a message that have templates. */
export type MailPart = "subject" | "text" | "html";

/** The templates of one kind of message, in the Liquid language. They may name what `Data` has. */
export interface MailTemplates<Data extends object> {
  /**
   * Fills every part. A template of `own` goes before the default one of its part; if it breaks, `onBroken` is told,
   * and the default one is filled.
   */
  fill(
    data: Data,
    own?: Partial<Record<MailPart, string | undefined>>,
    onBroken?: (part: MailPart) => void,
  ): Promise<Readonly<Record<MailPart, string>>>;
}

/** The templates `<name>.<part>.liquid` in the folder of the module that gives its URL. They are read when needed. */
export function mailTemplates<Data extends object>(moduleUrl: string, name: string): MailTemplates<Data> {
  const defaults = new Map<MailPart, string>();

  function defaultOf(part: MailPart): string {
    const template = defaults.get(part) ?? readFileSync(new URL(`${name}.${part}.liquid`, moduleUrl), "utf8");
    defaults.set(part, template);
    return template;
  }

  return {
    async fill(data, own = {}, onBroken) {
      const render = (part: MailPart, template: string) => liquids[part].parseAndRender(template, data);
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
 * Why this template cannot be used, in the words of the template language; `undefined` when it can. It is tried on
 * `sample`, values like those of a real message.
 */
export function problemOfTemplate(template: string, part: MailPart, sample: object): string | undefined {
  try {
    liquids[part].parseAndRenderSync(template, sample);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Templates cannot reach files, nor anything but what they are given; in HTML every value is escaped. */
const plain = openLiquid();
const liquids: Readonly<Record<MailPart, Liquid>> = { subject: plain, text: plain, html: openLiquid("escape") };

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
