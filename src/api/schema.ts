/** A JSON Schema (2020-12), as Ajv checks it and as the document of the API shows it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

declare const value: unique symbol;

/** A JSON Schema with the type of the values that fit it. */
export type Schema<T = unknown> = JsonSchema & { readonly [value]?: T };

/** The type of the values that fit a schema. */
export type ValueOfSchema<S> = S extends Schema<infer T> ? T : never;

/** A member of an object that may be absent. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}

type Members = Readonly<Record<string, Schema | Optional<unknown>>>;

/** The type of an object with these members. */
export type ValueOfMembers<M extends Members> = {
  readonly [K in keyof M as M[K] extends Optional<unknown> ? never : K]: M[K] extends Schema<infer T> ? T : never;
} & {
  readonly [K in keyof M as M[K] extends Optional<unknown> ? K : never]?: M[K] extends Optional<infer T> ? T : never;
};

interface TextBounds {
  readonly minLength?: number;
  readonly maxLength: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** Words for the reader of the document. */
interface Words {
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

export function text(bounds: TextBounds, words: Words = {}): Schema<string> {
  return { type: "string", ...bounds, ...words };
}

export function integer(
  bounds: { readonly minimum: number; readonly maximum: number },
  words: Words = {},
): Schema<number> {
  return { type: "integer", ...bounds, ...words };
}

export function truth(words: Words = {}): Schema<boolean> {
  return { type: "boolean", ...words };
}

/** One of these words. */
export function choice<const T extends string>(all: readonly T[], words: Words = {}): Schema<T> {
  return { type: "string", enum: all, ...words };
}

export function list<T>(items: Schema<T>, maxItems: number, words: Words = {}): Schema<readonly T[]> {
  return { type: "array", items, maxItems, ...words };
}

/** An object with any names, whose values are all of one kind. */
export function record<T>(
  values: Schema<T>,
  maxProperties: number,
  words: Words = {},
): Schema<Readonly<Record<string, T>>> {
  return { type: "object", additionalProperties: values, maxProperties, ...words };
}

/** An object with these members and no other. */
export function object<const M extends Members>(members: M, words: Words = {}): Schema<ValueOfMembers<M>> {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [name, member] of Object.entries(members)) {
    const isOptional = "optional" in member;
    properties[name] = isOptional ? (member.optional as JsonSchema) : member;
    if (!isOptional) required.push(name);
  }
  return {
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...words,
  };
}

export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

/** The schema, or `null`. */
export function nullable<T>(schema: Schema<T>, words: Words = {}): Schema<T | null> {
  if (nameOf(schema) !== undefined) return { anyOf: [schema, { type: "null" }], ...words };
  const { type = [], enum: all } = schema;
  return {
    ...schema,
    type: [type, "null"].flat(),
    ...(Array.isArray(all) ? { enum: [...all, null] } : {}),
    ...words,
  };
}

const names = new WeakMap<object, string>();

/** Gives a schema a name, under which the document tells it once. */
export function named<T>(name: string, schema: Schema<T>): Schema<T> {
  names.set(schema, name);
  return schema;
}

export function nameOf(schema: object): string | undefined {
  return names.get(schema);
}
