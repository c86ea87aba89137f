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

/** Everything that commands may use. Only the composition knows the implementations. */
export interface Tools {
  /** Settings as text: from the environment, and where it has none from a settings file. */
  readonly environment: SettingTexts;
  /** The names of the settings that come from a settings file. */
  readonly fromFile: ReadonlySet<string>;
  /** The input for values that must not stand in a list of processes. */
  readonly input: NodeJS.ReadStream;
  /** Whether output goes to a terminal, and not into a file. */
  readonly isAttended: boolean;
  /** The value of `--organization`: the number of the organization that a command is about. Absent: the default one. */
  readonly organization?: string | undefined;
  /** Writes a line for the person at the terminal. */
  readonly print: (line: string) => void;
  /** Overwrites the last line with this one, or with `undefined` ends it; absent without a terminal. */
  readonly overwrite: ((line: string | undefined) => void) | undefined;
  /** Opens the database that the settings name. Rejects with a sentence for the operator. */
  openDatabase(config: Config, purpose: DatabasePurpose): Promise<OpenDatabase>;
  /**
   * Removes the embedded database with the key of its secrets, its files and its mail. Rejects with a sentence while a
   * server runs on it.
   */
  removeEmbedded(config: Config): Promise<void>;
  /**
   * Makes the services for a command. Rejects with a sentence when the secret key is missing or another database's, or
   * the schema another version's.
   */
  openServices(config: Config, database: OpenDatabase): Promise<Services>;
  /**
   * Makes the services and the server on a database that has been migrated, and registers a new secret key. Rejects
   * with a sentence when the secret key is missing or another database's.
   */
  openServer(config: Config, database: OpenDatabase): Promise<Server>;
  /** The secret keys, by their names in the database. */
  readonly secretKeys: SecretKeys;
  /** Variables of the database's driver that were removed from the environment. */
  readonly ignoredVariables: readonly string[];
  /** The additions of each protocol to the command line. */
  readonly dialects: readonly CommandLineParts[];
  /** Settings that an organization can have, in the order in which they are listed. */
  readonly organizationSettings: readonly SettingDescription[];
  /** Checks whether mail can be sent: resolves with the way, or rejects with an error whose message is the reason. */
  checkMail(config: Config): Promise<string>;
  /** Free bytes on the disk that holds this folder. */
  freeBytes(folder: string): Promise<number>;
}

/**
 * The purpose of opening a database. `serve` waits for a database that does not answer yet and makes a missing embedded
 * one. It refuses an embedded database that another process runs, since that would stop with the process. `command`
 * does not wait, makes nothing, and shares a running embedded database. `create` is the same, but makes a missing one.
 */
export type DatabasePurpose = "serve" | "command" | "create";

export interface OpenDatabase {
  /** Its name in a sentence, without a password. */
  readonly name: string;
  /**
   * Applies the missing migrations and resolves with their names; with `dryRun` it only names them. Without `create`, a
   * database without any table of ours is refused.
   */
  migrate(options?: { readonly dryRun?: boolean; readonly create?: boolean }): Promise<readonly string[]>;
  /** Rejects with a sentence when the schema is not this version's. */
  checkSchema(): Promise<void>;
  /** Asks the database server about itself. */
  inspect(): Promise<DatabaseFacts>;
  close(): Promise<void>;
}

/** Facts about a database server, to be checked before it is used. */
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

/** The secret keys, as commands see them. */
interface SecretKeys {
  /** Resolves with the names of the keys that open the database, the current one first; rejects with a sentence. */
  check(config: Config, database: OpenDatabase): Promise<readonly string[]>;
  /** Seals everything anew with the current key, so that the others can be removed. */
  reseal(
    config: Config,
    database: OpenDatabase,
    progress: { total(count: number): void; advance(count: number): void },
  ): Promise<{ readonly resealed: number; readonly unreadable: number; readonly retired: readonly string[] }>;
  /** Gives up a lost key; resolves with whether it was in use. */
  forget(database: OpenDatabase, id: string): Promise<boolean>;
}

export interface Services {
  readonly engine: Engine;
  readonly queries: Queries;
  readonly administration: Administration;
  readonly files: FileStore;
  /** Whether the folder of files is this database's own. */
  readonly storeIdentity: StoreIdentity;
  /** Finishes what is under way, and closes the database connections. */
  close(): Promise<void>;
}

/** The services of a server. Closed, it takes no more requests. */
export interface Server extends Services {
  /** Starts the server and the jobs; resolves with the address. Rejects with a sentence when the port is taken. */
  listen(): Promise<string>;
}

/** The services, and the organization that the command is about. */
export interface CommandServices extends Services {
  readonly organizationId: number;
  /** Carries out a command for the person at the terminal, in this organization. */
  execute<C extends Command>(command: C): Promise<Outcome<C["verb"]>>;
}

/** The additions of a protocol to the command line. */
export interface CommandLineParts {
  /** The kinds of products that it sells. */
  readonly productKinds?: readonly SoldKind[];
  readonly commands?: readonly CommandSet[];
  /** Its sample data for `counterfoil demo`. */
  readonly sample?: SampleData;
  /** A sentence for the person who starts the server, about data that endangers the organization. */
  adviseAtStart?(queries: Queries, organizationId: number): Promise<string | undefined>;
}

/** A kind of product that a protocol sells. */
export interface SoldKind {
  readonly kind: ProductKind;
  /** Its word for a product of this kind. */
  readonly called: string;
  /**
   * Its word for an entitlement, if the commands `product` and `entitlement` make them. They are known by these words,
   * too. A protocol with other codes or terms brings commands of its own instead.
   */
  readonly unit?: string;
}

/** Commands of a protocol. */
export interface CommandSet {
  /** The command of ours that they follow in the list of commands; absent: they stand at the end. */
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
