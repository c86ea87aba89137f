/** Settings of an organization, or of a reseller, as they are stored: by name, with a prefix in front. */
export type SettingValues = ReadonlyMap<string, unknown>;

/** One setting, for lists, commands, forms and schemas. */
export interface SettingDescription {
  /** With its prefix: `mail`, or the name of a dialect. */
  readonly name: string;
  /** A `choice` is one of `values`, a `whole` is a whole number within `range`, a `text` may have a form of its own. */
  readonly type: "choice" | "whole" | "text";
  /** All values of a choice; examples of a text, if there are any. */
  readonly values: readonly string[];
  /** The range of a whole number, both ends included. */
  readonly range?: { readonly min: number; readonly max: number };
  readonly byDefault: string;
  readonly meaning: string;
  /** Sealed at rest and never shown. */
  readonly isSecret?: boolean;
  /** Whether each reseller has its own, too. */
  readonly isResellers?: boolean;
  /** Set for the name of a product, which must be one of this kind. */
  readonly isNameOf?: string;
  /** Why this text cannot be the value: the end of a sentence that begins with the setting's name. */
  problemWith(text: string): string | undefined;
}

/** A setting without its name, and with the parser of its value. */
export interface Setting<T> extends Omit<SettingDescription, "name"> {
  /** `undefined` for a text that cannot be used: the default holds instead. */
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

/** A whole number, written in digits. `must` describes the value if the range alone would not be clear. */
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
  return {
    ...common,
    type: "whole",
    values: [],
    range,
    byDefault: String(byDefault),
    otherwise: byDefault,
    parse,
    problemWith,
  };
}

interface TextOptions<T> extends Common {
  /** The default as text; `otherwise` is its value. */
  readonly byDefault: string;
  readonly otherwise: T;
  readonly examples?: readonly string[];
  readonly parse: (text: string) => T | undefined;
}

/**
 * A text that `parse` can read. `must` describes a usable value. With `problemWith` instead, new values are checked
 * more strictly than stored ones.
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
   * The effective values. A setting that is unset, or whose value cannot be used, has its default. They are read once
   * for each map, which must not be changed afterwards.
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

/** Joins lists of settings; those of one prefix stand together. */
export function joinSettings(...lists: readonly (readonly SettingDescription[])[]): readonly SettingDescription[] {
  return Object.values(Object.groupBy(lists.flat(), ({ name }) => prefixOf(name))).flatMap((list = []) => list);
}

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export function checkSetting(
  settings: readonly SettingDescription[],
  name: string,
  value: unknown,
): string | undefined {
  const setting = settings.find((one) => one.name === name);
  if (setting === undefined) {
    const kin = settings.filter((one) => prefixOf(one.name) === prefixOf(name)).map((one) => one.name);
    return `There is no setting ${name}. ${kin.length === 0 ? 'See "counterfoil setting list".' : `There are: ${kin.join(", ")}.`}`;
  }
  const problem = setting.problemWith(typeof value === "string" ? value : "");
  return problem === undefined ? undefined : `${name} ${problem}.`;
}

function prefixOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf(".")));
}
