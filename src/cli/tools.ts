import type { Config } from "../config.ts";
import type { SettingDescription } from "../dialects/dialect.ts";
import type { Administration } from "../engine/administration.ts";
import type { Engine } from "../engine/engine.ts";
import type { Reader } from "../engine/reader.ts";
import type { FileStore } from "../files/file-store.ts";
import type { StoreIdentity } from "../files/identity.ts";

/** What the commands are given; only the composition knows what stands behind it. */
export interface Tools {
  readonly environment: NodeJS.ProcessEnv;
  /** What `--organization` says: the number of the organization that a command is about. Absent: the default one. */
  readonly organization?: string | undefined;
  /** Writes a line for the person at the terminal. */
  readonly print: (line: string) => void;
  /** Draws a line over the one drawn before, or with `undefined` leaves it; absent where nobody watches a terminal. */
  readonly draw: ((line: string | undefined) => void) | undefined;
  /**
   * Opens the database that the settings name. To `serve` means for long: a database that does not answer yet is waited
   * for, and an embedded one that another process runs is refused, since it would stop with that process. A `command`
   * does not wait, and uses the embedded one that a server runs. Rejects with a sentence for the operator.
   */
  openDatabase(config: Config, purpose: "serve" | "command"): Promise<OpenDatabase>;
  /**
   * Removes the embedded database with the key of its secrets, its files and its mail. Rejects with a sentence while a
   * server runs on it.
   */
  removeEmbedded(config: Config): Promise<void>;
  /** Everything put together on a database that has been migrated, but for the server. */
  openServices(config: Config, database: OpenDatabase): Promise<Services>;
  /** Settings that an organization can have: of mail, and of all protocols. */
  readonly organizationSettings: readonly SettingDescription[];
  /** The sentence that says why an organization's setting cannot have this value. */
  checkOrganizationSetting(name: string, value: string): Promise<string | undefined>;
  /** Whether mail can leave: resolves with how, rejects with an error whose message says why not. */
  checkMail(config: Config): Promise<string>;
  /** Free bytes on the disk that holds this folder. */
  freeBytes(folder: string): Promise<number>;
  /** Makes what a chart client would upload for this machine: a name, and the content in hexadecimal. */
  writeFingerprint(machine: FingerprintedMachine): { readonly name: string; readonly hex: string };
}

/** A machine that a fingerprint is made of, to try a server. */
export interface FingerprintedMachine {
  readonly os: "linux" | "windows" | "macos" | "android";
  readonly uuid?: string;
  readonly mac?: string;
  readonly serial?: string;
  /** The serial of a dongle. */
  readonly dongle?: string;
  /** When it is made: counts in whole seconds, of which there are ten digits. */
  readonly atMs: number;
}

export interface OpenDatabase {
  /** How it is called in a sentence: never with a password. */
  readonly name: string;
  /** Applies what is missing; resolves with the names of the migrations that were, or with `dryRun` would be, applied. */
  migrate(options?: { readonly dryRun?: boolean }): Promise<readonly string[]>;
  /** What the server says of itself. */
  inspect(): Promise<{ readonly version: string; readonly versionNumber: number; readonly nowMs: number }>;
  close(): Promise<void>;
}

export interface Services {
  readonly engine: Engine;
  readonly reader: Reader;
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
}

/** An end with a sentence instead of a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
