/**
 * Where editions and built deliveries lie on disk. Whatever is offered here is whole: it was written aside, put on the
 * disk and renamed, so a process that is killed leaves drafts and nothing else. Names in the store are made by the
 * store; a name from outside never becomes the name of a file in it. Files are open to their owner only.
 *
 * Keys and delivery names of another shape than the documented one are refused with a RangeError everywhere.
 */
export interface FileStore {
  /**
   * Takes in an edition: the files of a folder, or of a zip. Bounded memory, every file checksummed.
   *
   * - If everything lies in one folder at the top, that folder is left out of the paths.
   * - Passed over: `__MACOSX`, `.DS_Store`, `Thumbs.db`, and folders without files.
   * - Paths are kept in Unicode's form C. No two may differ in case or Unicode form only.
   *
   * Rejects with an `EditionSourceError` for what cannot become an edition: no such folder or zip; no file in it; a
   * damaged, encrypted or lying zip; symbolic links and other special files; paths that lead out of the folder or that
   * not every system can store; more than the store's limits; too little room on the disk (`DiskReserve`). Nothing is
   * kept then.
   */
  takeIn(path: string, options?: TakeInOptions): Promise<TakenIn>;

  /**
   * Marks an edition that a database has committed: it is never taken for one that nobody knows, by whatever database.
   * One that does not exist is no error, nor is one that is marked.
   */
  keepEdition(editionKey: string): Promise<void>;

  /** Removes an edition, whole or not at all; one that does not exist is no error. */
  removeEdition(editionKey: string): Promise<void>;

  /** The same, but into the trash, for `sweepTrash` to remove. */
  discardEdition(editionKey: string): Promise<void>;

  /** The editions in the store, sorted by key. One whose key nobody keeps was taken in by a process that then ended. */
  listEditions(): Promise<readonly StoredEdition[]>;

  /**
   * A file of an edition, found whatever the case of its path; `undefined` when there is none. Rejects with a
   * `DeliveryError` (`edition_missing`, `edition_damaged`, or `file_too_large` above 1 MB).
   */
  readSmallFile(editionKey: string, path: string): Promise<Buffer | undefined>;

  /**
   * Builds the zip of a delivery, on a thread of its own: a folder named like the zip, in it the extras and then the
   * files of the edition, stored without compression. Every folder has an entry of its own before its first file. What
   * is read is checked against what was taken in. A delivery that exists under this name is replaced at the end; who has
   * it open keeps the one that was opened.
   *
   * Rejects with a `DeliveryError`, or with the signal's reason; nothing is kept then, and a delivery that existed stays
   * as it was.
   */
  buildDelivery(plan: DeliveryPlan, signal?: AbortSignal): Promise<BuiltDelivery>;

  /** Opens a delivery for one reading; `undefined` when there is none. Whoever gets it reads or closes it. */
  openDelivery(deliveryName: string): Promise<OpenDelivery | undefined>;

  /**
   * What a delivery is now, read from the disk on a thread of its own; `undefined` when there is none. Rejects with the
   * signal's reason.
   */
  sumDelivery(deliveryName: string, signal?: AbortSignal): Promise<DeliverySum | undefined>;

  /** Removes a delivery; one that does not exist is no error. Who has it open reads on. */
  removeDelivery(deliveryName: string): Promise<void>;

  /** The same, but into the trash, for `sweepTrash` to remove. */
  discardDelivery(deliveryName: string): Promise<void>;

  /** The deliveries in the store, sorted by name. */
  listDeliveries(): Promise<readonly StoredDelivery[]>;

  /**
   * Removes what crashed processes left: drafts in which nothing was written for this long. The time must be longer than
   * a running one may pause. Fulfilled with their number.
   */
  sweepDrafts(untouchedForMs: number): Promise<number>;

  /** Removes for good what has been in the trash for this long. Fulfilled with how many there were. */
  sweepTrash(keptForMs: number): Promise<number>;
}

/** On a disk that several machines share, a new file may be seen late. */
export const fileSeenWithinMs = 60_000;

export interface TakeInOptions {
  /** What sentences call the source; by default the last part of its path. */
  readonly name?: string;
  /** Told after each piece; `bytesTotal` is what the source says of itself. */
  onProgress?(progress: { readonly bytes: number; readonly bytesTotal: number }): void;
}

/** An edition that is in the store now. */
export interface TakenIn {
  /** 32 random hexadecimal digits; whoever took the edition in keeps them. */
  readonly key: string;
  readonly files: number;
  readonly bytes: number;
  /**
   * Of the whole, 64 hexadecimal digits: the SHA-256 of the text that `sha256sum` prints for all files, in the order of
   * the bytes of their paths. Equal content has equal sums, from a folder or a zip.
   */
  readonly sha256: string;
}

export interface StoredEdition {
  readonly key: string;
  readonly takenInAtMs: number;
  /** Whether it was marked by `keepEdition`. */
  readonly isKept: boolean;
}

/** What is to be built. */
export interface DeliveryPlan {
  readonly editionKey: string;
  /** From `deliveryNameOf`. */
  readonly deliveryName: string;
  /** What the zip is called for who downloads it, with `.zip`; its first entry is a folder of this name without it. */
  readonly zipName: string;
  /** They come first, and replace files of the edition that have the same path in any case. */
  readonly extras: readonly ExtraFile[];
  /** The time of all entries, in UTC; the format knows 1980 to 2107 and even seconds. */
  readonly modifiedAtMs: number;
}

/** A small file that is made for one delivery. */
export interface ExtraFile {
  /** Below the top folder, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** Of the zip; the sums are in lower-case hexadecimal digits. */
export interface BuiltDelivery {
  readonly bytes: number;
  readonly sha1: string;
  readonly sha256: string;
}

/** Of a file that is there. */
export interface DeliverySum {
  readonly bytes: number;
  /** In lower-case hexadecimal digits. */
  readonly sha256: string;
}

export interface StoredDelivery {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/** A delivery that stays readable, even when it is removed or replaced meanwhile, until it is closed. */
export interface OpenDelivery {
  readonly bytes: number;
  readonly modifiedAtMs: number;
  /**
   * The bytes from `start` up to, not including, `end`; all of them when nothing is given. Read as they are asked for;
   * the delivery is closed when the reading ends, in whatever way. Once only. Throws a RangeError for bytes that it does
   * not have.
   *
   * With a buffer every piece is a part of that, and is overwritten when the next is asked for: for who waits until a
   * piece has left the process. Many downloads at once cost next to no memory then. Without one each piece is the
   * reader's to keep.
   */
  read(range?: { readonly start: number; readonly end: number }, buffer?: Uint8Array): AsyncIterable<Uint8Array>;
  /** For who does not read. May be called more than once. */
  close(): Promise<void>;
}
