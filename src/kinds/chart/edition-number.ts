/** The number of an edition: the year, the edition of that year, and the update of that edition. */
export interface EditionNumber {
  readonly year: number;
  readonly edition: number;
  readonly update: number;
}

const shape = /^(20\d\d)(?:\/([1-9]?\d)-([1-9]?\d)|-([1-9]?\d))$/;

/**
 * The number in the name of an edition, `2026/1-29`; `2017-2`, as editions were named before, is the edition 2 of 2017
 * without an update. `undefined` for any other name. Edition and update are below 100: clients calculate with that.
 */
export function readEditionNumber(name: string): EditionNumber | undefined {
  const [, year, edition, update = "0", plain] = shape.exec(name) ?? [];
  if (year === undefined) return undefined;
  return { year: Number(year), edition: Number(edition ?? plain), update: Number(update) };
}

/** `2026/1-29`. */
export function formatEditionNumber({ year, edition, update }: EditionNumber): string {
  return `${year}/${edition}-${update}`;
}

/** Whether both are of one edition of a year, and differ in the update only. */
export function isSameEdition(a: EditionNumber, b: EditionNumber): boolean {
  return a.year === b.year && a.edition === b.edition;
}
