import { createHash } from "node:crypto";
import { formatDay } from "../../core/day.ts";

const cellBytes = 4096;

/** The files of an edition of a made-up chart, by name: cells without meaning, `Chartinfo.txt`, and terms of use. */
export function chartFiles(
  chart: { readonly name: string; readonly cells: readonly string[] },
  edition: { readonly name: string; readonly publishedAtMs: number },
): ReadonlyMap<string, Buffer> {
  const published = formatDay(edition.publishedAtMs);
  const info = [
    `ChartInfo:${chart.name};${edition.name};${published}`,
    `oesencEULAFile:${termsFile}`,
    "oesencEULAShow:once",
  ];
  const terms = `${chart.name}, ${edition.name}\n\n${termsText}`;
  return new Map([
    ...chart.cells.map((cell) => [`${cell}.oesenc`, cellOf(`${cell} ${edition.name}`)] as const),
    ["Chartinfo.txt", Buffer.from(`${info.join("\n")}\n`)],
    [termsFile, Buffer.from(terms)],
  ]);
}

const termsFile = "EN_terms.txt";
const termsText = `These files are sample data. They show how a chart travels from a server to a navigator, and hold no chart:
no program can draw them, and nobody can find a way with them. Copy them as you like.
`;

/** Bytes without meaning, the same at every start. */
function cellOf(name: string): Buffer {
  const parts = Array.from({ length: cellBytes / 32 }, (_, index) => {
    return createHash("sha256").update(`${name} ${index}`).digest();
  });
  return Buffer.concat(parts);
}
