import { createHash } from "node:crypto";

const cellBytes = 4096;

/** A cell of an edition, and the edition in which its content was made. */
export interface SampleCell {
  readonly id: string;
  readonly madeIn: string;
}

/** The files of an edition of a made-up chart, by name: cells without meaning, their list, and terms of use. */
export function chartFiles(edition: string, day: string, cells: readonly SampleCell[]): ReadonlyMap<string, Buffer> {
  const entries = cells.map(
    ({ id, madeIn }) =>
      `<Chart><Name>Sample ${id}</Name><ID>${id}</ID><SE>1</SE><RE>0</RE><ED>${madeIn}</ED><Scale>50000</Scale></Chart>\n`,
  );
  const list = `<?xml version="1.0" encoding="utf-8"?>\n<chartList>\n${entries.join("")}<Edition>${edition}</Edition>\n</chartList>\n`;
  return new Map([
    ...cells.map(({ id, madeIn }) => [`${id}.oesu`, cellOf(`${id} ${madeIn}`)] as const),
    ["ChartList.XML", Buffer.from(list)],
    ["EN_terms.html", Buffer.from(`<p>These files are sample data of ${day}, and hold no chart.</p>\n`)],
  ]);
}

/** Bytes without meaning, the same at every start. */
function cellOf(name: string): Buffer {
  const parts = Array.from({ length: cellBytes / 32 }, (_, index) => {
    return createHash("sha256").update(`${name} ${index}`).digest();
  });
  return Buffer.concat(parts);
}
