import { DeliveryImpossible } from "../../content/delivery-format.ts";
import { FormatError } from "../../wire/format-error.ts";
import { childOf, childrenOf, readXml, type XmlElement } from "../../wire/xml-read.ts";
import { escapeAscii } from "../../wire/xml-write.ts";

/** The file of an edition that names its cells. The plugin installs no cell that it does not name. */
export const chartListPath = "ChartList.XML";

/** The elements of a cell, by name and text, as the publisher wrote them. */
export type CellEntry = readonly (readonly [name: string, text: string])[];

/** More than an edition may have files, with some elements each. */
const limits = { elementsMax: 400_000, bytesMax: 8 * 1024 ** 2 };

/**
 * The entries of a publisher's list, by the ID of the cell. Of two with one ID the first counts. Empty elements are left
 * out, since they crash the plugin. Throws `DeliveryImpossible` for a file that is no such list.
 */
export function readChartList(bytes: Buffer): ReadonlyMap<string, CellEntry> {
  const root = readXml(bytes, limits);
  if (root instanceof FormatError) throw unreadable(root.message);
  if (root.name !== "chartList") throw unreadable(`its root is ${root.name} and not chartList`);
  const entries = new Map<string, CellEntry>();
  for (const chart of childrenOf(root, "Chart")) {
    const id = textOf(childOf(chart, "ID"));
    if (id === "" || entries.has(id)) continue;
    const elements = chart.children.map((child) => [child.name, textOf(child)] as const);
    entries.set(
      id,
      elements.filter(([name, text]) => text !== "" && /^[A-Za-z][A-Za-z0-9]*$/.test(name)),
    );
  }
  return entries;
}

/** An entry for a cell that the publisher's list does not name. */
export function plainEntry(cell: string, day: string): CellEntry {
  return [
    ["Name", cell],
    ["ID", cell],
    ["ED", day],
  ];
}

/** Writes a list: the cells of a package, its edition, and the cells that are withdrawn. No element is empty. */
export function writeChartList(cells: readonly CellEntry[], edition: string, withdrawn: readonly string[]): Buffer {
  const charts = cells.map((entry) => `<Chart>${entry.map(elementOf).join("")}</Chart>\n`);
  const gone = withdrawn.map((cell) => elementOf(["ID", cell]));
  const end = gone.length === 0 ? "" : `<WithdrawnCharts>${gone.join("")}</WithdrawnCharts>\n`;
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?>\n<chartList>\n${charts.join("")}<Edition>${edition}</Edition>\n${end}</chartList>\n`,
  );
}

function elementOf([name, text]: readonly [string, string]): string {
  return `<${name}>${escapeAscii(text)}</${name}>`;
}

function textOf(element: XmlElement | undefined): string {
  return element?.text.trim() ?? "";
}

function unreadable(reason: string): DeliveryImpossible {
  return new DeliveryImpossible(
    `The file ${chartListPath} of the edition cannot be read: ${reason}. Correct it, and add the edition under another name.`,
  );
}
