import type { DeliveryDetails } from "../../queries/deliveries.ts";

/** The file of an edition that describes it for the viewer. It holds the line with the user key. */
export const chartInfoPath = "Chartinfo.txt";

const keyLine = /^[ \t]*UserKey[ \t]*:[^\r\n]*/im;
const furtherKeyLines = /^[ \t]*UserKey[ \t]*:[^\r\n]*(?:\r?\n|$)/gim;
const byteOrderMark = "\u00ef\u00bb\u00bf";

/**
 * `Chartinfo.txt` of a delivery: the edition's file with its line `UserKey:` replaced, or with that line put first.
 * Every other byte and the line ends stay as they are. An edition without the file gets a short one.
 */
export function chartInfoOf(
  original: Buffer | undefined,
  { product, edition }: Pick<DeliveryDetails, "product" | "edition">,
  userKey: string,
): Buffer {
  const line = `UserKey:${userKey}`;
  if (original === undefined) {
    const day = new Date(edition.publishedAtMs).toISOString().slice(0, 10);
    const name = product.name.replace(/[;\s\p{Cc}]+/gu, " ").trim();
    return Buffer.from(`${line}\nChartInfo:${name};${edition.name};${day}\n`);
  }
  // In Latin-1 each byte is a character, so every byte is preserved whatever the encoding of the file.
  const whole = original.toString("latin1");
  const mark = whole.startsWith(byteOrderMark) ? byteOrderMark : "";
  const text = whole.slice(mark.length);
  const found = keyLine.exec(text);
  if (found === null) {
    const end = text.includes("\r\n") ? "\r\n" : "\n";
    return Buffer.from(`${mark}${line}${end}${text}`, "latin1");
  }
  const rest = text.slice(found.index + found[0].length);
  const others = rest.replace(furtherKeyLines, "");
  return Buffer.from(`${mark}${text.slice(0, found.index)}${line}${others}`, "latin1");
}
