import type { LogDetail, LogEntry, Plain } from "../core/log-entry.ts";
import { everyPage } from "../queries/pages.ts";
import { readWhole } from "./read-option.ts";
import type { Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The options of `counterfoil log list`. */
export interface LogOptions {
  readonly refused?: boolean;
  readonly product?: string;
  readonly count: string;
}

/** `counterfoil log list`: the newest log entries first, with the refused ones, or only these. */
export function listLog(tools: Tools, { refused = false, product, count }: LogOptions): Promise<void> {
  let left = readWhole("--count", count);
  const filter = {
    refusedOnly: refused,
    ...(product === undefined ? {} : { productId: readWhole("--product", product) }),
  };
  return withServices(tools, async ({ queries, organizationId }) => {
    for await (const page of everyPage(queries.log.newest, organizationId, filter)) {
      for (const entry of page.slice(0, left)) tools.print(lineOf(entry));
      left -= page.length;
      if (left <= 0) return;
    }
  });
}

function lineOf(entry: LogEntry): string {
  const { id, recordedAtMs, kind, productId, code, refusal, principal, gate, address, detail } = entry;
  const words = [
    String(id),
    new Date(recordedAtMs).toISOString(),
    kind.replaceAll("_", " "),
    productId === null ? null : `product ${productId}`,
    code,
    refusal === null ? null : `refused: ${refusal.replaceAll("_", " ")}`,
    detail === undefined ? null : wordsOf(detail),
    nameOf(principal),
    gate === null ? null : `at gate ${gate.name}`,
    address === null ? null : `from ${address}`,
  ];
  return words.filter((word) => word !== null).join("  ");
}

/** What changed: `operator ben, from reseller, to accountant`. */
function wordsOf({ from, to, ...rest }: LogDetail): string {
  const ordered = { ...rest, from, to };
  return Object.entries(ordered)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name} ${isWord(value) ? value : JSON.stringify(value)}`))
    .join(", ");
}

/** Whether a value needs no quotes. */
function isWord(value: Plain): value is string | number {
  return typeof value === "number" || (typeof value === "string" && /^[^\s",]+$/.test(value));
}

/** The principal in words; `null` for an anonymous one. */
function nameOf({ kind, id }: LogEntry["principal"]): string | null {
  switch (kind) {
    case "anonymous":
      return null;
    case "terminal":
      return "at the terminal";
    case "job":
      return "by the server";
    default:
      return `by ${kind.replaceAll("_", " ")} ${id}`;
  }
}
