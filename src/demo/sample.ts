import type { Command } from "../core/command.ts";
import type { EditionContent } from "../core/edition.ts";
import type { Refusal } from "../core/refusal.ts";
import type { Executor } from "../engine/executor.ts";
import type { Queries } from "../queries/queries.ts";

/** Sample data of one protocol. */
export interface SampleData {
  /** Adds the data. It leaves existing data alone, so it also completes data whose making was interrupted. */
  add(target: SampleTarget, queries: Queries): Promise<void>;
  /** Commands to try it with, each on a line; `URL` stands for the server's address. */
  readonly hints: readonly string[];
}

/** Where sample data is put. */
export interface SampleTarget {
  readonly organizationId: number;
  readonly execute: Executor;
  /** The file store: it takes in the files of a folder, as the content of an edition. */
  readonly files: { takeIn(folder: string): Promise<EditionContent> };
  /** Milliseconds since the epoch: the start of the demo. */
  readonly nowMs: number;
}

/** Refusals of a command whose result exists. */
const isThere: ReadonlySet<Refusal> = new Set<Refusal>([
  "code_taken",
  "product_id_taken",
  "edition_taken",
  "login_taken",
  "customer_exists",
  "gate_taken",
]);

/** Carries out a command, unless its result exists. */
export async function ensure({ organizationId, execute }: SampleTarget, command: Command): Promise<void> {
  const outcome = await execute(organizationId, command);
  if (outcome.ok || isThere.has(outcome.refusal)) return;
  throw new Error(`The sample data could not be made: ${outcome.refusal}`);
}
