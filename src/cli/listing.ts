import type { Tools } from "./tools.ts";

/** How a command shows what it found: `--json` is for programs. */
export interface ListingOptions {
  readonly json?: boolean;
}

/** The option that every list has. */
export const jsonOption = ["--json", "for programs: an object a line"] as const;

/** Values by their names, which head the columns: `callerId` is the column CALLER ID. */
export type Listed = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Prints rows as a table, or for programs as an object a line. Without rows it prints this sentence for a person, and
 * nothing for a program.
 */
export async function printList(
  tools: Tools,
  { json = false }: ListingOptions,
  pages: AsyncIterable<readonly Listed[]> | Iterable<readonly Listed[]>,
  none: string,
): Promise<void> {
  let widths: readonly number[] = [];
  for await (const page of pages) {
    if (page.length === 0) continue;
    if (json) {
      for (const row of page) tools.print(JSON.stringify(row));
      continue;
    }
    const heads = widths.length === 0 ? [Object.keys(page[0] ?? {}).map(headOf)] : [];
    const lines = [...heads, ...page.map((row) => Object.values(row).map(cellOf))];
    // Later pages may have longer cells: their columns get wider then.
    widths = (lines[0] ?? []).map((_, at) => Math.max(widths[at] ?? 0, ...lines.map((cells) => widthOf(cells[at]))));
    for (const cells of lines) tools.print(joined(cells, widths));
  }
  if (widths.length === 0 && !json) tools.print(none);
}

/** Prints one thing, a value a line, or for programs as one object. */
export function printOne(tools: Tools, { json = false }: ListingOptions, one: Listed): void {
  if (json) {
    tools.print(JSON.stringify(one));
    return;
  }
  const lines = Object.entries(one).map(([name, value]) => [wordsOf(name), cellOf(value)]);
  const width = Math.max(...lines.map(([name]) => widthOf(name)));
  for (const cells of lines) tools.print(joined(cells, [width]));
}

/** The words of a name in camel case. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function headOf(name: string): string {
  return wordsOf(name).toUpperCase();
}

function cellOf(value: Listed[string]): string {
  if (value === null || value === "") return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value).replace(/[\s\p{Cc}]+/gu, " ");
}

function joined(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, at) => cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell))));
  return padded.join("  ").trimEnd();
}

/** Code points: good enough for names in Latin, Greek or Cyrillic letters. */
function widthOf(text = ""): number {
  return Array.from(text).length;
}
