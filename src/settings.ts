/** The stored settings of an organization or of a reseller, by name with the prefix. */
export type SettingValues = ReadonlyMap<string, unknown>;

/** One setting, for lists, commands, forms and schemas. */
export interface SettingDescription {
  /** With its prefix: `mail`, or the name of a dialect. */
  readonly name: string;
  /** A `choice` is one of `values`, a `whole` is a whole number within `range`, a `text` may have a form of its own. */
  readonly type: "choice" | "whole" | "text";
  /** All values of a choice, or examples of a text. */
  readonly values: readonly string[];
  /** The range of a whole number, both ends included. */
  readonly range?: { readonly min: number; readonly max: number };
  readonly byDefault: string;
  readonly meaning: string;
  /** Whether it is sealed in the database and never shown. */
  readonly isSecret?: boolean;
  /** Whether each reseller has a value of its own too. */
  readonly isResellers?: boolean;
  /** Set for the name of a product, which must be one of this kind. */
  readonly isNameOf?: string;
  /** Why this text cannot be the value: the end of a sentence that begins with the name of the setting. */
  problemWith(text: string): string | undefined;
}

/** A setting without its name, with a reader for its value. */
export interface Setting<T> extends Omit<SettingDescription, "name"> {
  /** `undefined` for an unusable text, for which the default is used. */
  parse(text: string): T | undefined;
  /** The value by default. */
  readonly otherwise: T;
}

type Common = Pick<SettingDescription, "meaning" | "isSecret" | "isResellers" | "isNameOf">;

/** One of these texts. */
export function choice<const V extends string>(
  values: readonly V[],
  { byDefault, ...common }: Common & { readonly byDefault: NoInfer<V> },
): Setting<V> {
  const parse = (text: string) => values.find((value) => value === text);
  const problemWith = problemUnless(parse, `one of: ${values.join(", ")}`);
  return { ...common, type: "choice", values, byDefault, otherwise: byDefault, parse, problemWith };
}

/** A whole number in digits. `must` describes the value when the range alone does not describe it well. */
export function whole(
  range: { readonly min: number; readonly max: number },
  { byDefault, must, ...common }: Common & { readonly byDefault: number; readonly must?: string },
): Setting<number> {
  const { min, max } = range;
  const parse = (text: string) => {
    if (!/^\d+$/.test(text) || text.length > String(max).length) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  };
  const problemWith = problemUnless(parse, must ?? `a whole number from ${min} to ${max}`);
  const readable = { ...common, range, values: [], parse, problemWith };
  return { ...readable, type: "whole", byDefault: String(byDefault), otherwise: byDefault };
}

interface TextOptions<T> extends Common {
  /** The default as text; `otherwise` is its value. */
  readonly byDefault: string;
  readonly otherwise: T;
  readonly examples?: readonly string[];
  readonly parse: (text: string) => T | undefined;
}

/**
 * A text that `parse` can read. `must` describes the value. `problemWith` instead checks new values more strictly than
 * stored values are read.
 */
export function text<T>({
  examples = [],
  ...options
}: TextOptions<T> & ({ readonly must: string } | Pick<SettingDescription, "problemWith">)): Setting<T> {
  const problemWith = "must" in options ? problemUnless(options.parse, options.must) : options.problemWith;
  return { ...options, type: "text", values: examples, problemWith };
}

function problemUnless(parse: (text: string) => unknown, must: string): SettingDescription["problemWith"] {
  return (text) => (parse(text) === undefined ? `must be ${must}` : undefined);
}

type Fields = Readonly<Record<string, Setting<unknown>>>;

/** Settings that have a prefix in common. */
export interface Settings<F extends Fields> {
  readonly list: readonly SettingDescription[];
  /**
   * The values in use. A setting without a value, or with an unusable one, has its default. They are read once for each
   * map, which must not be changed afterwards.
   */
  read(values: SettingValues | undefined): ValuesOf<F>;
}

type ValuesOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Setting<infer T> ? T : never };

/** The result of `read` for these settings. */
export type ReadSettings<S> = S extends Settings<infer F> ? ValuesOf<F> : never;

/** The settings `<prefix>.<key>` for each key. */
export function defineSettings<F extends Fields>(prefix: string, fields: F): Settings<F> {
  const known = new WeakMap<SettingValues, ValuesOf<F>>();
  const readAll = (values: SettingValues) =>
    Object.fromEntries(
      Object.entries(fields).map(([key, { parse, otherwise }]) => {
        const value = values.get(`${prefix}.${key}`);
        return [key, (typeof value === "string" ? parse(value) : undefined) ?? otherwise];
      }),
    ) as ValuesOf<F>;
  const none: SettingValues = new Map();

  return {
    list: Object.entries(fields).map(([key, setting]) => ({ ...setting, name: `${prefix}.${key}` })),
    read(values = none) {
      const read = known.get(values) ?? readAll(values);
      known.set(values, read);
      return read;
    },
  };
}

/** All lists as one, in which settings with the same prefix are together. */
export function joinSettings(...lists: readonly (readonly SettingDescription[])[]): readonly SettingDescription[] {
  return Object.values(Object.groupBy(lists.flat(), ({ name }) => prefixOf(name))).flatMap((list = []) => list);
}

/** The reason why this value cannot be set, as a sentence; `undefined` when it can. */
export function checkSetting(
  settings: readonly SettingDescription[],
  name: string,
  value: unknown,
): string | undefined {
  const setting = settings.find((one) => one.name === name);
  if (setting === undefined) {
    const siblings = settings.filter((one) => prefixOf(one.name) === prefixOf(name)).map((one) => one.name);
    const hint = siblings.length === 0 ? 'See "counterfoil setting list".' : `There are: ${siblings.join(", ")}.`;
    return `There is no setting ${name}. ${hint}`;
  }
  const problem = setting.problemWith(typeof value === "string" ? value : "");
  return problem === undefined ? undefined : `${name} ${problem}.`;
}

function prefixOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf(".")));
}
