import type { Command as CommandDefinition } from "commander";
import type { Config, SettingTexts } from "../config.ts";
import type { FileStore } from "../content/store/file-store.ts";
import type { StoreIdentity } from "../content/store/identity.ts";
import type { Command, Outcome, Refused } from "../core/command.ts";
import type { ProductKind } from "../core/product.ts";
import type { Refusal } from "../core/refusal.ts";
import type { SampleData } from "../demo/sample.ts";
import type { Administration } from "../engine/administration.ts";
import type { Engine } from "../engine/engine.ts";
import type { Queries } from "../queries/queries.ts";
import type { SettingDescription } from "../settings.ts";

/** What commands may use. Only the composition knows the implementations. */
export interface Tools {
  /** Settings as text: variables of the environment, and under them those of a settings file. */
  readonly environment: SettingTexts;
  /** The names of the settings that come from a settings file. */
  readonly fromFile: ReadonlySet<string>;
  /** Where a value is read from that is not to be seen in a list of processes. */
  readonly input: NodeJS.ReadStream;
  /** Whether output goes to a terminal that a person watches, and into no file. */
  readonly isAttended: boolean;
  /** What `--organization` says: the number of the organization that a command is about. Absent: the default one. */
  readonly organization?: string | undefined;
  /** Writes a line for the person at the terminal. */
  readonly print: (line: string) => void;
  /** Draws a line over the last drawn one, or with `undefined` ends it; absent without a terminal. */
  readonly draw: ((line: string | undefined) => void) | undefined;
  /** Opens the database that the settings name. Rejects with a sentence for the operator. */
  openDatabase(config: Config, purpose: DatabasePurpose): Promise<OpenDatabase>;
  /**
   * Removes the embedded database with the key of its secrets, its files and its mail. Rejects with a sentence while a
   * server runs on it.
   */
  removeEmbedded(config: Config): Promise<void>;
  /**
   * Everything put together on a database that has been migrated, but for the server. To `serve` also notes down a new
   * secret key; a `command` checks the schema, too. Rejects with a sentence when the secret key is missing or another
   * database's, or the schema another version's.
   */
  openServices(config: Config, database: OpenDatabase, purpose: "serve" | "command"): Promise<Services>;
  /** The secret keys, by their names in the database. */
  readonly secretKeys: SecretKeys;
  /** Variables of the environment that the database's driver would heed; they are taken away from it. */
  readonly ignoredVariables: readonly string[];
  /** What each protocol adds to the command line. */
  readonly dialects: readonly CommandLineParts[];
  /** Settings that an organization can have, in the order in which they are listed. */
  readonly organizationSettings: readonly SettingDescription[];
  /** Whether mail can leave: resolves with how, rejects with an error whose message says why not. */
  checkMail(config: Config): Promise<string>;
  /** Free bytes on the disk that holds this folder. */
  freeBytes(folder: string): Promise<number>;
}

/**
 * What a database is opened for. To `serve` means for long: a database that does not answer yet is waited for, an
 * embedded one is made when there is none, and one that another process runs is refused, since it would stop with that
 * process. A `command` does not wait, makes nothing, and shares the embedded one with others that run. To `create` is
 * the same but for making an embedded one.
 */
export type DatabasePurpose = "serve" | "command" | "create";

export interface OpenDatabase {
  /** How it is called in a sentence: never with a password. */
  readonly name: string;
  /**
   * Applies what is missing; resolves with the names of the migrations that were, or with `dryRun` would be, applied.
   * Without `create`, a database without any table of ours is refused.
   */
  migrate(options?: { readonly dryRun?: boolean; readonly create?: boolean }): Promise<readonly string[]>;
  /** Rejects with a sentence when the schema is not this version's. */
  checkSchema(): Promise<void>;
  /** What the server says of itself. */
  inspect(): Promise<DatabaseFacts>;
  close(): Promise<void>;
}

/** What there is to know of a database server before it is used. */
export interface DatabaseFacts {
  readonly version: string;
  readonly encoding: string;
  /** The pooler in front of it, if there is one. */
  readonly pooler: "none" | "session" | "transaction";
  /** How many connections our role can have at once. */
  readonly connectionsMax: number;
  /** Its time, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** What commands do with the secret keys. */
export interface SecretKeys {
  /** Resolves with the names of the keys that open the database, the current one first; rejects with a sentence. */
  check(config: Config, database: OpenDatabase): Promise<readonly string[]>;
  /** Seals everything anew with the current key, so that the others can be taken away. */
  reseal(
    config: Config,
    database: OpenDatabase,
    progress: { total(count: number): void; advance(count: number): void },
  ): Promise<{ readonly resealed: number; readonly unreadable: number; readonly retired: readonly string[] }>;
  /** Gives a key up that is lost; resolves with whether it was in use. */
  forget(database: OpenDatabase, id: string): Promise<boolean>;
}

export interface Services {
  readonly engine: Engine;
  readonly queries: Queries;
  readonly administration: Administration;
  readonly files: FileStore;
  /** Whether the folder of files is this database's own. */
  readonly storeIdentity: StoreIdentity;
  /** Starts to serve and to do jobs; resolves with the address. Rejects with a sentence when the port is taken. */
  listen(): Promise<string>;
  /** Takes no more requests, finishes those under way and lets go of the database. */
  close(): Promise<void>;
}

/** The services, and the organization that the command is about. */
export interface CommandServices extends Services {
  readonly organizationId: number;
  /** Carries out a command for the person at the terminal, in this organization. */
  execute<C extends Command>(command: C): Promise<Outcome<C["verb"]>>;
}

/** What a protocol adds to the command line, if it adds anything. */
export interface CommandLineParts {
  /** The kinds of products that it sells, and what it calls a product of each kind. */
  readonly productKinds?: readonly { readonly kind: ProductKind; readonly called: string }[];
  readonly commands?: readonly CommandSet[];
  /** What `counterfoil demo` shows of it. */
  readonly sample?: SampleData;
  /** A sentence for the person who starts the server, about data that endangers the organization. */
  adviseAtStart?(queries: Queries, organizationId: number): Promise<string | undefined>;
}

/** Commands of a protocol. */
export interface CommandSet {
  /** The command of ours that they follow in the list of commands; without it they stand at the end. */
  readonly after?: "operator" | "setting" | "customer" | "log";
  define(program: CommandDefinition, tools: Tools): void;
}

/** Ends the process with its message instead of a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** The value of an outcome. Throws the sentence about its refusal, by default with the refusal's name. */
export function accepted<Value, R extends Refusal>(
  outcome: { readonly ok: true; readonly value: Value } | Refused<R>,
  sentences: Partial<Record<R, string>> = {},
): Value {
  if (outcome.ok) return outcome.value;
  throw new CommandError(sentences[outcome.refusal] ?? `Refused: ${outcome.refusal}.`);
}

/** The message of an error, as a part of a sentence. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
