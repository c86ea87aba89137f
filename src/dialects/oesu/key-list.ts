import { FormatError } from "../../wire/format-error.ts";
import { childOf, childrenOf, readXml, type XmlElement } from "../../wire/xml-read.ts";
import { escapeAscii } from "../../wire/xml-write.ts";

/** The facts of a key list besides the keys. */
export interface KeyListFacts {
  readonly title: string;
  /** `2026/1-29`. */
  readonly edition: string;
  /** `null` for never. */
  readonly expiresAtMs: number | null;
}

/** The expiration of a chart without end: the last second that clients of 32 bits know. */
const lastSecond = 2 ** 31 - 1;

/** A list in which one key opens every cell: for cells that are not encrypted, or encrypted by us for one device. */
export function neutralKeyList(cells: readonly string[], key: string, facts: KeyListFacts): string {
  const charts = cells.map((cell) => {
    const name = escapeAscii(cell);
    return `<Chart><Name>${name}</Name><FileName>${name}</FileName><ID>${name}</ID><RInstallKey>${key}</RInstallKey></Chart>\n`;
  });
  const seconds = facts.expiresAtMs === null ? lastSecond : Math.floor(facts.expiresAtMs / 1000);
  return `<?xml version="1.0" encoding="utf-8"?>
<keyList>
${charts.join("")}<ChartInfo>${escapeAscii(facts.title)}</ChartInfo>
<Edition>${facts.edition}</Edition>
<ExpirationDate>${seconds}</ExpirationDate>
<ChartInfoShow>Session</ChartInfoShow>
<EULAShow>once</EULAShow>
<DisappearingDate>none</DisappearingDate>
</keyList>
`;
}

const limits = { elementsMax: 200_000, bytesMax: 8 * 1024 ** 2 };

/**
 * What is wrong with the key list of a hook, as the end of a sentence; `undefined` when clients can use it: every cell
 * has one key, every entry an ID of its own, and nothing is empty.
 */
export function problemOfKeyList(list: Uint8Array, cells: readonly string[]): string | undefined {
  const root = readXml(list, limits);
  if (root instanceof FormatError) return "is no XML";
  if (root.name !== "keyList") return "is no keyList";
  const ids = new Set<string>();
  const named = new Set<string>();
  for (const chart of childrenOf(root, "Chart")) {
    const [id, fileName, key] = ["ID", "FileName", "RInstallKey"].map((name) => textOf(childOf(chart, name)));
    if (!id || !fileName || !/^(?:[0-9A-Fa-f]{2})+$/.test(key ?? "")) return "has an entry without ID, FileName or key";
    if (ids.has(id)) return "has an ID twice";
    ids.add(id);
    named.add(fileName);
  }
  if (cells.some((cell) => !named.has(cell))) return "has no key for one of the cells";
  if (root.children.some((child) => child.name !== "Chart" && textOf(child) === "")) return "has an empty element";
  const expiration = childOf(root, "ExpirationDate");
  if (expiration !== undefined && !/^\d+$/.test(textOf(expiration))) return "has an ExpirationDate that is no number";
  return textOf(childOf(root, "ChartInfo")).includes(";") ? "has a semicolon in ChartInfo" : undefined;
}

function textOf(element: XmlElement | undefined): string {
  return element?.text.trim() ?? "";
}
