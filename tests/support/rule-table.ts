import assert from "node:assert/strict";
import type { ActionDraft } from "../../src/core/action.ts";
import type { Caller } from "../../src/core/caller.ts";
import type { Command, Outcome } from "../../src/core/command.ts";
import type { Entitlement, Redemption } from "../../src/core/entitlement.ts";
import type { OpenableProduct, Product, ProductTerms } from "../../src/core/product.ts";
import { decideStrictly, MemoryState } from "./memory-state.ts";

/**
 * Plays a table against the rules, on a state that is empty at first. A row is a command:
 *
 *     at    | command           | log                                          | outcome
 *     09:00 | redeem 1 100      | entitlement_redeemed 100#1                   | ok redeemed=09:00
 *     09:05 | redeem 1 100      | entitlement_redeemed 100#1: already_redeemed | already_redeemed
 *
 * - `at` is the time of one day, to the minute, second or millisecond; a blank one is that of the row above.
 * - `command` is a verb with its words, then `name=value` pairs; `''` is the empty text. Any command takes `by=key:3` or
 *   `by=operator:7`, and `ip=`. `show 1` and `show code 100` look at the state instead, and `conflicts` at the conflicts.
 * - `log` is the line that is written: its kind, the code, `#` and the entitlement's number if it has one, `at` with the
 *   time if that is not now, and after a colon why it was refused. Blank for no line.
 * - `drawn=` are the random codes of an `issue` that names none.
 * - `outcome` is a refusal, or `ok` with the facts that matter; a fact that is not named is not compared.
 */
export function playTable(table: string): void {
  const [head, ...rows] = table
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  assert.deepEqual(head, ["at", "command", "log", "outcome"], "the head of the table");
  assert.ok(rows.length > 0, "a table has rows");
  const play = new Play();
  for (const row of rows) {
    assert.equal(row.length, 4, `four cells: ${row.join(" | ")}`);
    const [at = "", command = "", log = "", outcome = ""] = row;
    try {
      play.row(at, command, log, outcome);
    } catch (error) {
      if (error instanceof Error) error.message = `${at} | ${command} | ${log} | ${outcome}\n${error.message}`;
      throw error;
    }
  }
}

class Play {
  readonly #state = new MemoryState();
  #nowMs = 0;

  row(at: string, text: string, log: string, expected: string): void {
    if (at !== "") this.#nowMs = readTime(at);
    const { verb, words, fields } = readCommandText(text);
    if (verb === "show") this.#show(words, expected);
    else if (verb === "conflicts") this.#conflicts(expected);
    else this.#decide(readCommand(verb, words, fields), fields, log, expected);
  }

  #decide(command: Command, fields: ReadonlyMap<string, string>, log: string, expected: string): void {
    const { products, entitlements, customers } = this.#state;
    const decision = decideStrictly(this.#state, command, {
      nowMs: this.#nowMs,
      caller: readCaller(fields.get("by")),
      address: fields.get("ip") ?? null,
      fresh: {
        products: [Math.max(0, ...products.keys()) + 1],
        entitlements: [entitlements.size + 1],
        customers: [customers.size + 1],
        devices: [],
        codes: fields.get("drawn")?.split(",") ?? [],
      },
    });
    this.#state.apply(decision.changes);
    assert.equal(decision.actions.map((action) => logText(action, this.#nowMs)).join("; "), log, "log");
    checkOutcome(decision.outcome, expected);
  }

  #show(words: readonly string[], expected: string): void {
    const [first = "", code = ""] = words;
    const product = this.#state.product(Number(first));
    const facts =
      first === "code"
        ? entitlementFacts(this.#state.entitlement(code))
        : product && productFacts(product, this.#state.accessKeys(product.id));
    checkFacts(facts, expected.split(" "));
  }

  #conflicts(expected: string): void {
    const codes = new Map([...this.#state.entitlements.values()].map(({ id, code }) => [id, code]));
    const side = ({ atMs, ...who }: Redemption) => `${writeTime(atMs)}(${who.address ?? whoText(who)})`;
    const found = this.#state.conflicts.map(
      ({ entitlementId, kept, lost }) => `${codes.get(entitlementId)} kept ${side(kept)} lost ${side(lost)}`,
    );
    assert.equal(found.join("; ") || "none", expected);
  }
}

function readCommandText(text: string) {
  const [verb = "", ...rest] = text.split(/ +/);
  const words = rest.filter((word) => !word.includes("="));
  const fields = new Map(
    rest
      .filter((word) => word.includes("="))
      .map((word) => {
        const [name = "", value = ""] = word.split("=");
        return [name, value === "''" ? "" : value] as const;
      }),
  );
  return { verb, words, fields };
}

function readCommand(verb: string, words: readonly string[], fields: ReadonlyMap<string, string>): Command {
  const productId = Number(words[0]);
  const code = words[1] ?? "";
  switch (verb) {
    case "create": {
      const terms = {
        name: "Gala",
        description: "",
        startsAtMs: null,
        endsAtMs: null,
        capacity: null,
        accessKeys: [],
        ...readTerms(fields),
      };
      return { verb: "create_product", kind: "event", terms, ...(words.length === 0 ? {} : { id: productId }) };
    }
    case "change":
      return { verb: "change_product", productId, terms: readTerms(fields) };
    case "retire":
      return { verb: "retire_product", productId };
    case "issue": {
      const holder = fields.get("to")?.replaceAll("_", " ") ?? null;
      return { verb: "issue", productId, holder, code: words.length > 1 ? code : { randomDigits: 6 } };
    }
    case "redeem": {
      const scanned = fields.get("scanned");
      return { verb: "redeem", productId, code, ...(scanned === undefined ? {} : { occurredAtMs: readTime(scanned) }) };
    }
    case "revoke":
      return { verb: "revoke", productId, code };
  }
  throw new Error(`there is no verb ${verb}`);
}

function readTerms(fields: ReadonlyMap<string, string>): Partial<ProductTerms> {
  const terms: { -readonly [K in keyof ProductTerms]?: ProductTerms[K] } = {};
  const bound = (text: string) => (text === "none" ? null : readTime(text));
  for (const [name, value] of fields) {
    if (name === "name") terms.name = value;
    if (name === "description") terms.description = value;
    if (name === "starts") terms.startsAtMs = bound(value);
    if (name === "ends") terms.endsAtMs = bound(value);
    if (name === "capacity") terms.capacity = value === "none" ? null : Number(value);
    if (name === "keys") terms.accessKeys = value === "none" ? [] : value.split(",");
  }
  return terms;
}

function readCaller(text: string | undefined): Caller {
  const [kind, id] = (text ?? "").split(":");
  if (kind === "key") return { kind: "access_key", accessKeyId: Number(id) };
  if (kind === "operator") return { kind: "operator", operatorId: Number(id) };
  return { kind: "anonymous" };
}

function checkOutcome(outcome: Outcome, expected: string): void {
  const [first = "", ...facts] = expected.split(" ");
  assert.equal(outcome.ok ? "ok" : outcome.refusal, first, "outcome");
  if (outcome.ok) checkFacts(valueFacts(outcome.value), facts);
}

type Facts = Record<string, unknown>;

function checkFacts(found: Facts | undefined, expected: readonly string[]): void {
  for (const fact of expected) {
    const [name = "", value] = fact.split("=");
    if (fact === "missing") {
      assert.equal(found, undefined, fact);
      continue;
    }
    assert.ok(found !== undefined && name in found, `there is a fact ${name}`);
    assert.equal(`${name}=${found[name]}`, `${name}=${value}`);
  }
}

type OkValue = Extract<Outcome, { ok: true }>["value"];

function valueFacts(value: OkValue): Facts {
  if ("deleted" in value) return { deleted: value.deleted };
  if ("token" in value) return { token: value.token };
  if ("accessKeys" in value) return productFacts(value.product, value.accessKeys);
  return { ...productFacts(value.product, []), ...entitlementFacts(value.entitlement) };
}

function productFacts(product: Product, keys: OpenableProduct["accessKeys"]): Facts {
  return {
    product: product.id,
    name: product.name,
    description: product.description,
    starts: orNone(product.startsAtMs),
    ends: orNone(product.endsAtMs),
    capacity: product.capacity ?? "none",
    issued: product.issued,
    everIssued: product.everIssued,
    created: writeTime(product.createdAtMs),
    retired: orNone(product.retiredAtMs),
    keys: keys.join(",") || "none",
  };
}

function entitlementFacts(entitlement: Entitlement | undefined): Facts | undefined {
  if (entitlement === undefined) return undefined;
  const { redemption } = entitlement;
  return {
    id: entitlement.id,
    code: entitlement.code,
    issuedAt: writeTime(entitlement.issuedAtMs),
    customer: entitlement.customer?.id ?? "none",
    customerName: entitlement.customer?.name ?? "none",
    redeemed: orNone(redemption?.atMs ?? null),
    redeemedBy: redemption === null ? "none" : whoText(redemption),
    ip: redemption?.address ?? "none",
    revoked: orNone(entitlement.revokedAtMs),
  };
}

function whoText({ accessKeyId, operatorId }: Omit<Redemption, "atMs">): string {
  if (accessKeyId !== null) return `key:${accessKeyId}`;
  return operatorId === null ? "anonymous" : `operator:${operatorId}`;
}

function logText({ kind, productId, entitlementId, code, occurredAtMs, refusal }: ActionDraft, nowMs: number): string {
  const number = entitlementId === null ? "" : `#${entitlementId}`;
  const subject = code === null ? `${productId}` : `${code}${number}`;
  const time = occurredAtMs === nowMs ? "" : ` at ${writeTime(occurredAtMs)}`;
  return `${kind} ${subject}${time}${refusal === null ? "" : `: ${refusal}`}`;
}

const dayMs = Date.UTC(2026, 5, 1);

/** A time of the tables' one day. */
function readTime(text: string): number {
  const parts = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?$/.exec(text);
  assert.ok(parts !== null, `${text} is a time of day`);
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

function writeTime(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .slice(11, 23)
    .replace(/\.000$/, "")
    .replace(/^(\d\d:\d\d):00$/, "$1");
}

function orNone(atMs: number | null): string {
  return atMs === null ? "none" : writeTime(atMs);
}
