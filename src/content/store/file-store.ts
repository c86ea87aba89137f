/**
 * Editions and built deliveries on the disk. Every edition and delivery is whole: it is written to a draft, synced and
 * renamed, so a process that is killed leaves only drafts. The store makes all file names; a name from outside never
 * becomes one. Only the owner can read the files.
 *
 * Every function throws a RangeError for a key or a delivery name that has not the documented form.
 */
export interface FileStore {
  /**
   * Takes in an edition: the files of a folder, or of a zip. Bounded memory, every file checksummed.
   *
   * - If everything lies in one folder at the top, that folder is left out of the paths.
   * - `__MACOSX`, `.DS_Store`, `Thumbs.db`, and folders without files are left out.
   * - Paths are kept in Unicode's form C. No two may differ in case or Unicode form only.
   *
   * Rejects with an `EditionSourceError` when there is no such folder or zip, or no file in it; for a damaged,
   * encrypted or lying zip; for symbolic links and other special files; for paths that lead out of the folder or that
   * some system cannot store; for more than the store's limits; for too little room on the disk (`DiskReserve`). Then
   * nothing is kept.
   */
  takeIn(path: string, options?: TakeInOptions): Promise<TakenIn>;

  /**
   * Marks an edition that a database has committed, so that no sweep discards it as unknown, even with another
   * database. A missing or marked edition is no error.
   */
  keepEdition(editionKey: string): Promise<void>;

  /** Removes an edition, whole or not at all. A missing edition is no error. */
  removeEdition(editionKey: string): Promise<void>;

  /** The same, but into the trash, for `sweepTrash` to remove. */
  discardEdition(editionKey: string): Promise<void>;

  /** The editions in the store, sorted by key. */
  listEditions(): Promise<readonly StoredEdition[]>;

  /**
   * A file of an edition, found whatever the case of its path; `undefined` when there is none. Rejects with a
   * `DeliveryError` (`edition_missing`, `edition_damaged`, or `file_too_large` above 8 MB).
   */
  readSmallFile(editionKey: string, path: string): Promise<Buffer | undefined>;

  /**
   * Builds the zip of a delivery, on a thread of its own: a folder named like the zip, in it the extras and then the
   * files of the edition, stored without compression. Every folder has an entry of its own before its first file. Each
   * file is checked against the manifest. At the end the delivery replaces one of the same name; readers that have the
   * old one open keep it.
   *
   * Rejects with a `DeliveryError`, or with the signal's reason. Then nothing is kept, and an older delivery stays.
   */
  buildDelivery(plan: DeliveryPlan, signal?: AbortSignal): Promise<BuiltDelivery>;

  /** The files of an edition, in the order of the bytes of their paths. Rejects with a `DeliveryError`. */
  listFiles(editionKey: string): Promise<readonly EditionFile[]>;

  /**
   * Makes a package, on a thread of its own: a zip like that of a delivery, for everybody. Only the bytes that are made
   * for it are kept, beside the edition; the files are read from the edition whenever the package is read. It goes with
   * its edition. A package of the same name that differs is replaced. Rejects as `buildDelivery` does.
   */
  makePackage(plan: PackagePlan, signal?: AbortSignal): Promise<MadePackage>;

  /** Opens a package for one reading, as `openDelivery` does. */
  openPackage(editionKey: string, packageName: string): Promise<OpenDelivery | undefined>;

  /** Keeps a document under a name of 64 hexadecimal digits, in place of one that is there. */
  keepDocument(name: string, content: Uint8Array): Promise<void>;

  /** A document that was kept since this moment; `undefined` when there is none. */
  readDocument(name: string, sinceMs?: number): Promise<Buffer | undefined>;

  /** Opens a delivery for one reading; `undefined` when there is none. The caller reads it or closes it. */
  openDelivery(deliveryName: string): Promise<OpenDelivery | undefined>;

  /**
   * Length and digest of a delivery's file as it is now, read on a thread of its own; `undefined` when there is none.
   * Rejects with the signal's reason.
   */
  sumDelivery(deliveryName: string, signal?: AbortSignal): Promise<DeliverySum | undefined>;

  /** Removes a delivery. A missing one is no error, and readers that have it open read on. */
  removeDelivery(deliveryName: string): Promise<void>;

  /** The same, but into the trash, for `sweepTrash` to remove. */
  discardDelivery(deliveryName: string): Promise<void>;

  /** The deliveries in the store, sorted by name. */
  listDeliveries(): Promise<readonly StoredDelivery[]>;

  /**
   * Removes drafts of crashed processes: those to which nothing was written for this long. The time must be longer than
   * a running process may pause. Resolves with their number.
   */
  sweepDrafts(untouchedForMs: number): Promise<number>;

  /** Removes documents that were kept longer ago than this. Resolves with their number. */
  sweepDocuments(keptForMs: number): Promise<number>;

  /** Removes for good what has been in the trash for this long. Resolves with the number of removed items. */
  sweepTrash(keptForMs: number): Promise<number>;
}

/** On a disk that several machines share, a new file may appear this late. */
export const fileSeenWithinMs = 60_000;

export interface TakeInOptions {
  /** The name of the source in sentences; the last part of its path when absent. */
  readonly name?: string;
  /** Called after each piece. `bytesTotal` is the size that the source gives. */
  onProgress?(progress: { readonly bytes: number; readonly bytesTotal: number }): void;
}

/** An edition that was taken in. */
export interface TakenIn {
  /** 32 random hexadecimal digits, by which the caller names the edition from now on. */
  readonly key: string;
  readonly files: number;
  readonly bytes: number;
  /**
   * 64 hexadecimal digits: the SHA-256 of the text that `sha256sum` prints for all files, in the order of the bytes of
   * their paths. A folder and a zip with equal content have equal sums.
   */
  readonly sha256: string;
}

export interface StoredEdition {
  readonly key: string;
  readonly takenInAtMs: number;
  /** Whether it was marked by `keepEdition`. */
  readonly isKept: boolean;
}

/** A delivery that is to be built. */
export interface DeliveryPlan {
  readonly editionKey: string;
  /** From `deliveryNameOf`. */
  readonly deliveryName: string;
  /** The name under which it is downloaded, with `.zip`. The zip holds one folder of this name, without the ending. */
  readonly zipName: string;
  /** They come first, and replace files of the edition that have the same path in any case. */
  readonly extras: readonly ExtraFile[];
  /** The time of all entries, in UTC; the format knows 1980 to 2107 and even seconds. */
  readonly modifiedAtMs: number;
}

/** A package that is to be made. */
export interface PackagePlan {
  readonly editionKey: string;
  /** From `packageNameOf`. */
  readonly packageName: string;
  /** The folder in the zip that holds everything. */
  readonly top: string;
  /** They come first, and replace files of the edition that have the same path in any case. */
  readonly extras: readonly ExtraFile[];
  /** The files of the edition that are in it; absent: all. */
  readonly paths?: readonly string[];
  /** The time of all entries. */
  readonly modifiedAtMs: number;
}

/** The length and the digest of a package. */
export type MadePackage = Pick<BuiltDelivery, "bytes" | "sha256">;

/** A file of an edition. */
export interface EditionFile {
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** A small file that is made for one delivery. */
export interface ExtraFile {
  /** Below the top folder, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** Length and digests of a zip. The digests are lower-case hexadecimal digits. */
export interface BuiltDelivery {
  readonly bytes: number;
  readonly sha1: string;
  readonly sha256: string;
}

export type DeliverySum = Pick<BuiltDelivery, "bytes" | "sha256">;

export interface StoredDelivery {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/** A delivery that stays readable, even when it is removed or replaced meanwhile, until it is closed. */
export interface OpenDelivery {
  readonly bytes: number;
  /**
   * The bytes from `start` up to, but not including, `end`; all of them by default. May be called once. The delivery is
   * closed when the reading ends, however it ends. Throws a RangeError for bytes that it does not have.
   *
   * With a buffer, each piece lies in it and is overwritten by the next one, so many downloads at once need little
   * memory; the caller must be done with a piece before it requests the next. Without a buffer each piece is the
   * caller's to keep.
   */
  read(range?: { readonly start: number; readonly end: number }, buffer?: Uint8Array): AsyncIterable<Uint8Array>;
  /** Closes a delivery that the caller does not read. May be called more than once. */
  close(): Promise<void>;
}
