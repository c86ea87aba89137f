import { arrayOf } from "./statement.ts";

/** A column, with the type of its values in this process. */
export interface Column<T> {
  /** Its name in a table, or its expression in a query. Absent: the name of the property gives it. */
  readonly sql?: string | undefined;
  /** The type of an array of its values that is sent to the database. */
  readonly sentAs: string;
  /** The selected expression. Absent: the column itself. */
  selected?(expression: string): string;
  /** The stored expression. Absent: the value that was sent. */
  stored?(sent: string): string;
  /** Decodes a value of the driver that is not null. Absent: the value stays. */
  decode?(read: never): T;
  /** Encodes a value that is not null, to be sent. Absent: the value is sent. */
  encode?(value: T): unknown;
}

export const bigint = (sql?: string): Column<number> => ({ sql, sentAs: "bigint" });
export const integer = (sql?: string): Column<number> => ({ sql, sentAs: "integer" });
export const boolean = (sql?: string): Column<boolean> => ({ sql, sentAs: "boolean" });
export const text = <T extends string = string>(sql?: string): Column<T> => ({ sql, sentAs: "text" });
export const bytes = (sql?: string): Column<Buffer> => ({ sql, sentAs: "bytea" });

/** A column of any type that is only read, as the driver reads it. */
export const raw = <T>(sql?: string): Column<T> => ({ sql, sentAs: "" });

/** A time in milliseconds since the epoch. A row with a time beyond these years could not be read again. */
export const time = (sql?: string): Column<number> => ({
  sql,
  sentAs: "float8",
  stored: (sent) => `to_timestamp(${sent})`,
  encode(atMs) {
    if (!(earliestMs <= atMs && atMs < endMs)) throw new RangeError("a time is not between the years 0 and 9999");
    return atMs / 1000;
  },
});

const earliestMs = Date.UTC(-1, 12);
const endMs = Date.UTC(10_000, 0);

/** A whole number that may be larger than 2^53, such as an amount of money. */
export const large = (sql?: string): Column<bigint> => ({
  sql,
  sentAs: "bigint",
  selected: (expression) => `${expression}::text`,
  decode: (read: string) => BigInt(read),
});

export const json = <T>(sql?: string): Column<T> => ({
  sql,
  sentAs: "jsonb",
  encode: (value) => JSON.stringify(value),
});

export function nullable<T>(column: Column<T>): Column<T | null> {
  return column as Column<T | null>;
}

/** Columns of a query. */
export interface Columns<Row> {
  /** The list behind `select`. */
  readonly sql: string;
  readonly width: number;
  /** The row that begins at this place among the values: a plain object with the columns by their names. */
  read(values: readonly unknown[], at: number): Row;
}

type Shape = Readonly<Record<string, Column<unknown> | Columns<unknown>>>;

/** The row of these columns. */
export type RowOf<S> =
  S extends Columns<infer Row>
    ? Row
    : { readonly [K in keyof S]: S[K] extends Column<infer T> | Columns<infer T> | Group<infer T> ? T : never };

/** Columns by name: each is one column, or the columns of an object in the row. */
export function columns<const S extends Shape>(shape: S): Columns<RowOf<S>> {
  let width = 0;
  const parts = Object.entries(shape).map(([name, part]) => {
    const at = width;
    width += isColumns(part) ? part.width : 1;
    return { name, at, sql: isColumns(part) ? part.sql : selectedOf(name, part), read: readerOf(part) };
  });
  // An object literal that is made for the row: 15 ns for a row of the log, where a loop over the columns takes 150.
  const properties = parts.map(({ name, at, read }, index) => {
    const value = read === undefined ? `values[at + ${at}]` : `readers[${index}](values, at + ${at})`;
    return `${JSON.stringify(name)}: ${value}`;
  });
  const compile = new Function("readers", `return (values, at) => ({ ${properties.join(", ")} })`);
  const read: Columns<RowOf<S>>["read"] = compile(parts.map((part) => part.read));
  return { sql: listed(parts.map((part) => part.sql)), width, read };
}

/** Columns of an object that may be missing: `null` when the first column is null. */
export function optional<Row>({ sql, width, read }: Columns<Row>): Columns<Row | null> {
  return { sql, width, read: (values, at) => (values[at] === null ? null : read(values, at)) };
}

type Reader = (values: readonly unknown[], at: number) => unknown;

/** Absent: the value is read as it is. */
function readerOf(part: Column<unknown> | Columns<unknown>): Reader | undefined {
  if (isColumns(part)) return part.read;
  const { decode } = part;
  if (decode === undefined) return undefined;
  return (values, at) => (values[at] === null ? null : decode(values[at] as never));
}

function isColumns(part: Column<unknown> | Columns<unknown>): part is Columns<unknown> {
  return "width" in part;
}

function selectedOf(name: string, { sql, selected }: Column<unknown>): string {
  const expression = sql ?? columnName(name);
  return selected === undefined ? expression : selected(expression);
}

/** `startsAtMs` is the column `starts_at`. */
function columnName(property: string): string {
  return property.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Columns of a table that are one object in a row. */
export interface Group<T> {
  readonly group: TableShape;
  readonly isOptional: boolean;
  /** Never set: carries the type of the object. */
  readonly object?: T;
}

type TableShape = { readonly [property: string]: Column<unknown> | Group<unknown> };

export function group<const S extends TableShape>(shape: S): Group<RowOf<S>> {
  return { group: shape, isOptional: false };
}

/** Of an object that may be missing: all its columns are null then. It is missing when its first column is null. */
export function optionalGroup<const S extends TableShape>(shape: S): Group<RowOf<S> | null> {
  return { group: shape, isOptional: true };
}

/** Rows that are sent to a statement, as an array for each column. The statement has them as `n`. */
export interface Sent<S extends TableShape> {
  /** The source behind `from`. */
  readonly sql: string;
  /** The parameters: `null` for a column of nulls alone, which `unnest` fills up. */
  arrays(rows: readonly RowOf<S>[]): (string | null)[];
}

/** Sends rows as the parameters from `first` on. */
export function sent<const S extends TableShape>(shape: S, first: number): Sent<S> {
  const parts = partsOf(shape);
  const arrays = parts.map(({ column }, index) => `$${first + index}::${column.sentAs}[]`);
  return {
    sql: `unnest(${listed(arrays)})
  as n (${listed(parts.map(({ name }) => name))})`,
    arrays: (rows) =>
      parts.map(({ read, column: { encode } }) => {
        if (!rows.some((row) => isValue(read(row)))) return null;
        if (encode === undefined) return arrayOf(rows, read);
        return arrayOf(rows, (row) => {
          const value = read(row);
          return isValue(value) ? encode(value) : null;
        });
      }),
  };
}

const isValue = (value: unknown) => value !== null && value !== undefined;

/**
 * Columns of a table whose rows belong to organizations. The statements take the number of the organization as `$1`,
 * and the rows from `$2` on.
 */
export interface Table<S extends TableShape> {
  /** The columns of the table with this alias. */
  in(alias: string): Selected<S>;
  /** The names of the columns. */
  readonly names: string;
  /** The source of the sent rows. */
  readonly sent: string;
  /** The stored expressions of a sent row. */
  readonly values: string;
  /** Inserts the sent rows. An `order by` or an `on conflict` may follow. */
  readonly insert: string;
  /** Updates the rows from the sent rows; the first column names the row. */
  readonly update: string;
  /** The parameters for rows. */
  arrays(rows: readonly RowOf<S>[]): (string | null)[];
}

/** The shape of a table, for a query. */
type Selected<S extends TableShape> = { readonly [K in keyof S]: S[K] extends Group<infer T> ? Columns<T> : S[K] };

export function table<const S extends TableShape>(name: string, shape: S): Table<S> {
  const parts = partsOf(shape);
  const [key, ...others] = parts;
  const names = listed(parts.map((part) => part.name));
  const values = listed(parts.map(({ value }) => value));
  const { sql, arrays } = sent(shape, 2);
  return {
    names,
    values,
    sent: sql,
    arrays,
    insert: `insert into ${name} (organization_id, ${names})
select $1::bigint, ${values}
from ${sql}`,
    update: `update ${name} t set ${listed(others.map(({ name, value }) => `${name} = ${value}`))}
from ${sql}
where t.organization_id = $1 and t.${key?.name} = ${key?.value}`,
    in: (alias) => selected(shape, alias) as Selected<S>,
  };
}

function selected(shape: TableShape, alias: string): Shape {
  const parts = Object.entries(shape).map(([property, part]) => {
    if (!("group" in part)) return [property, { ...part, sql: `${alias}.${part.sql ?? columnName(property)}` }];
    const inner = columns(selected(part.group, alias));
    return [property, part.isOptional ? optional(inner) : inner];
  });
  return Object.fromEntries(parts);
}

interface Part {
  readonly column: Column<unknown>;
  readonly name: string;
  /** The expression that is stored. */
  readonly value: string;
  /** The value in a row. */
  readonly read: (row: Readonly<Record<string, unknown>>) => unknown;
}

/** The columns of a shape, also those in its groups, in their order. */
function partsOf(shape: TableShape): readonly Part[] {
  return Object.entries(shape).flatMap(([property, part]): readonly Part[] => {
    if ("group" in part) {
      return partsOf(part.group).map(({ read, ...inner }) => {
        return { ...inner, read: (row) => (isValue(row[property]) ? read(row[property] as typeof row) : null) };
      });
    }
    const { sql: name = columnName(property), stored } = part;
    const value = stored === undefined ? `n.${name}` : stored(`n.${name}`);
    return [{ column: part, name, value, read: (row) => row[property] }];
  });
}

const lineLengthMax = 90;

/** Joins the items of a list, in lines of a readable length. */
function listed(items: readonly string[]): string {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined || last.length + item.length + 2 > lineLengthMax) lines.push(item);
    else lines[lines.length - 1] = `${last}, ${item}`;
  }
  return lines.join(",\n  ");
}
