import { arrayOf } from "./statement.ts";

/** A column, with the type of its values in this process. */
export interface Column<T> {
  /** Its name in a table, or an expression in a query; absent: it follows from the name of the property. */
  readonly sql?: string | undefined;
  /** The type of an array of its values that is sent to the database. */
  readonly sentAs: string;
  /** The expression that is selected; absent: the column itself. */
  selected?(expression: string): string;
  /** The expression that is stored; absent: the value that was sent. */
  stored?(sent: string): string;
  /** The value of what the driver has read, which is not null; absent: the same. */
  decode?(read: never): T;
  /** What is sent for a value that is not null; absent: the value. */
  encode?(value: T): unknown;
}

export const bigint = (sql?: string): Column<number> => ({ sql, sentAs: "bigint" });
export const integer = (sql?: string): Column<number> => ({ sql, sentAs: "integer" });
export const boolean = (sql?: string): Column<boolean> => ({ sql, sentAs: "boolean" });
export const text = <T extends string = string>(sql?: string): Column<T> => ({ sql, sentAs: "text" });
export const bytes = (sql?: string): Column<Buffer> => ({ sql, sentAs: "bytea" });

/** Of a type that is only read, as the driver reads it. */
export const raw = <T>(sql?: string): Column<T> => ({ sql, sentAs: "" });

/** A time in milliseconds since the epoch. */
export const time = (sql?: string): Column<number> => ({
  sql,
  sentAs: "float8",
  stored: (sent) => `to_timestamp(${sent})`,
  encode: (atMs) => atMs / 1000,
});

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

/** Columns of a query. In a row they are found by their names. */
export interface Columns<Row> {
  /** What stands behind `select`. */
  readonly sql: string;
  readonly width: number;
  /**
   * The row that begins at this place among the values. Its properties are read from there, when they are asked for, so
   * that a row costs nothing but what is used of it; they are not its own, and no object is spread from it.
   */
  read(values: readonly unknown[], at: number): Row;
}

type Shape = Readonly<Record<string, Column<unknown> | Columns<unknown>>>;

/** The row of these columns. */
export type RowOf<S> =
  S extends Columns<infer Row>
    ? Row
    : { readonly [K in keyof S]: S[K] extends Column<infer T> ? T : S[K] extends Columns<infer Row> ? Row : never };

/** Columns by name: each is one column, or the columns of another row. */
export function columns<const S extends Shape>(shape: S): Columns<RowOf<S>> {
  class Row {
    readonly values: readonly unknown[];
    readonly at: number;
    constructor(values: readonly unknown[], at: number) {
      this.values = values;
      this.at = at;
    }
  }
  let width = 0;
  const selected: string[] = [];
  for (const [name, part] of Object.entries(shape)) {
    Object.defineProperty(Row.prototype, name, { get: getter(part, width) });
    selected.push(isColumns(part) ? part.sql : selectedOf(name, part));
    width += isColumns(part) ? part.width : 1;
  }
  return { sql: listed(selected), width, read: (values, at) => new Row(values, at) as unknown as RowOf<S> };
}

/** The same, where all columns are null when the first one is: of a row that may be missing. */
export function optional<Row>({ sql, width, read }: Columns<Row>): Columns<Row | null> {
  return { sql, width, read: (values, at) => (values[at] === null ? null : read(values, at)) };
}

interface Cells {
  readonly values: readonly unknown[];
  readonly at: number;
}

function getter(part: Column<unknown> | Columns<unknown>, index: number): (this: Cells) => unknown {
  if (isColumns(part)) {
    return function () {
      return part.read(this.values, this.at + index);
    };
  }
  const { decode } = part;
  if (decode !== undefined) {
    return function () {
      const read = this.values[this.at + index];
      return read === null ? null : decode(read as never);
    };
  }
  return function () {
    return this.values[this.at + index];
  };
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

type TableShape = Readonly<Record<string, Column<unknown>>>;

/** Rows that are sent to a statement, an array for each column, and that it has as `n`. */
export interface Sent<S extends TableShape> {
  /** What stands behind `from`. */
  readonly sql: string;
  /** `null` for a column of nulls alone: `unnest` fills it up, so that nothing of it is sent. */
  arrays(rows: readonly RowOf<S>[]): (string | null)[];
}

/** Rows that are sent as the parameters from this one on. */
export function sent<const S extends TableShape>(shape: S, first: number): Sent<S> {
  const parts = partsOf(shape);
  const arrays = parts.map(({ column }, index) => `$${first + index}::${column.sentAs}[]`);
  return {
    sql: `unnest(${listed(arrays)})
  as n (${listed(parts.map(({ name }) => name))})`,
    arrays: (rows) =>
      parts.map(({ property, column: { encode } }) => {
        if (!rows.some((row) => row[property] !== null && row[property] !== undefined)) return null;
        if (encode === undefined) return arrayOf(rows, (row) => row[property]);
        return arrayOf(rows, (row) => {
          const value = row[property];
          return value === null || value === undefined ? null : encode(value);
        });
      }),
  };
}

/**
 * Columns of a table, all of whose rows belong to an organization. The statements take its number as `$1`, and the rows
 * from `$2` on.
 */
export interface Table<S extends TableShape> {
  /** The columns of the table with this alias. */
  in(alias: string): S;
  /** The names of the columns. */
  readonly names: string;
  /** The rows that are sent. */
  readonly sent: string;
  /** What is stored of a row that is sent, column by column. */
  readonly values: string;
  /** Inserts the rows that are sent. An order or a conflict may follow. */
  readonly insert: string;
  /** Writes the columns of the rows that are sent; the first column tells which row it is. */
  readonly update: string;
  /** The rows, as they are sent. */
  arrays(rows: readonly RowOf<S>[]): (string | null)[];
}

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
    in: (alias) =>
      Object.fromEntries(
        parts.map(({ property, column, name }) => [property, { ...column, sql: `${alias}.${name}` }]),
      ) as unknown as S,
  };
}

function partsOf(shape: TableShape) {
  return Object.entries(shape).map(([property, column]) => {
    const { sql = columnName(property), stored } = column;
    const value = `n.${sql}`;
    return { property, column, name: sql, value: stored === undefined ? value : stored(value) };
  });
}

const lineLengthMax = 90;

/** A list in lines of a readable length. */
function listed(items: readonly string[]): string {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined || last.length + item.length + 2 > lineLengthMax) lines.push(item);
    else lines[lines.length - 1] = `${last}, ${item}`;
  }
  return lines.join(",\n  ");
}
