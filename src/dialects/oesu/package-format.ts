import { compareFiles } from "../../content/compare-files.ts";
import { DeliveryImpossible } from "../../content/delivery-format.ts";
import type { EditionContents, PackageContent, PackageFormat } from "../../content/package-format.ts";
import type { EditionFile } from "../../content/store/file-store.ts";
import { formatDay } from "../../core/day.ts";
import {
  type EditionNumber,
  formatEditionNumber,
  isSameEdition,
  readEditionNumber,
} from "../../kinds/chart/edition-number.ts";
import { type CellEntry, chartListPath, plainEntry, readChartList, writeChartList } from "./chart-list.ts";

const vector = "oeuSENC";
const raster = "oeuRNC";
/** Some clients cannot read more. */
const fileBytesMax = 2 ** 31 - 1;

/** The type of a chart, as lists name it: the names of its packages begin with it. */
export function chartTypeOf(fileName: string): string {
  return fileName.startsWith(`${raster}-`) ? raster : vector;
}

/** Cells lie right at the top of an edition. */
const cellShape = /^([^/]+)\.(oesu|oernc)$/;

/** The cell in a file, without its ending; `undefined` for any other file. */
export function cellOf(path: string): string | undefined {
  return cellShape.exec(path)?.[1];
}

/** The other files that clients install, in folders, too. */
const isTextFile = (path: string) => /\.(?:html|txt|TXT)$/.test(path);

/**
 * Bases of editions with a number, and updates from the one before. The client merges an update into the installed
 * edition: it writes its files over the old ones, and deletes the withdrawn cells.
 */
export const chartPackages: PackageFormat = {
  kind: "chart",

  predecessorOf({ name }, editions) {
    const number = readEditionNumber(name);
    if (number === undefined) return undefined;
    return editions.findLast((other) => {
      const before = readEditionNumber(other.name);
      return before !== undefined && isSameEdition(before, number) && before.update === number.update - 1;
    });
  },

  async plan({ id }, to, from) {
    const number = readEditionNumber(to.edition.name);
    const type = typeOf(to.files);
    if (number === undefined || type === undefined) return undefined;
    const bytes = to.files.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > fileBytesMax) {
      throw new DeliveryImpossible("Today's clients read at most 2 GB. Divide the chart into several.");
    }
    const name = (kind: string) => `${type}-${id}-${number.year}-${number.edition}-${number.update}-${kind}`;
    const list = await listOf(to);
    if (from === undefined) return packed(name("base"), number, list, []);
    // The client merges no raster sets.
    if (type === raster || typeOf(from.files) !== type) return undefined;
    return updateOf(name("update"), number, { files: from.files, list: await listOf(from) }, { files: to.files, list });
  },
};

/** `undefined` for an edition without cells, such as one for older clients. */
function typeOf(files: readonly EditionFile[]): typeof vector | typeof raster | undefined {
  const endings = new Set(files.flatMap(({ path }) => cellShape.exec(path)?.[2] ?? []));
  if (endings.size > 1) {
    throw new DeliveryImpossible("An edition has either oesu or oernc cells. Divide it into two charts.");
  }
  if (endings.size === 0) return undefined;
  return endings.has("oernc") ? raster : vector;
}

/** The entry of each cell: the publisher's, or a plain one. */
async function listOf({ edition, files, read }: EditionContents): Promise<ReadonlyMap<string, CellEntry>> {
  const given = await read(chartListPath);
  const known = given === undefined ? new Map<string, CellEntry>() : readChartList(given);
  const day = formatDay(edition.publishedAtMs);
  const cells = files.flatMap(({ path }) => cellOf(path) ?? []);
  return new Map(cells.map((cell) => [cell, known.get(cell) ?? plainEntry(cell, day)]));
}

interface Side {
  readonly files: readonly EditionFile[];
  readonly list: ReadonlyMap<string, CellEntry>;
}

/** `undefined` when a text file is gone: the client deletes cells only. */
function updateOf(name: string, number: EditionNumber, from: Side, to: Side): PackageContent | undefined {
  const { added, changed, removed } = compareFiles(from.files, to.files);
  if (removed.some(isTextFile)) return undefined;
  const different = new Set([...added, ...changed]);
  const isListedAnew = (cell: string) => JSON.stringify(from.list.get(cell)) !== JSON.stringify(to.list.get(cell));
  const paths = to.files
    .map(({ path }) => path)
    .filter((path) => {
      const cell = cellOf(path);
      if (cell !== undefined) return different.has(path) || isListedAnew(cell);
      return different.has(path) && isTextFile(path);
    });
  const cells = new Set(paths.flatMap((path) => cellOf(path) ?? []));
  const entries = new Map([...to.list].filter(([cell]) => cells.has(cell)));
  const withdrawn = removed.flatMap((path) => cellOf(path) ?? []);
  return { ...packed(name, number, entries, withdrawn), paths };
}

function packed(
  name: string,
  number: EditionNumber,
  list: ReadonlyMap<string, CellEntry>,
  withdrawn: readonly string[],
): PackageContent {
  const content = writeChartList([...list.values()], formatEditionNumber(number), withdrawn);
  return { fileName: `${name}.zip`, top: name, extras: [{ path: chartListPath, content }] };
}
