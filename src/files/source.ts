/** What an edition is taken from. */
export interface Source {
  /** With good paths of which no two are the same anywhere, sorted. */
  readonly files: readonly SourceFile[];
  close(): Promise<void>;
}

export interface SourceFile {
  readonly path: string;
  /** As the source says; the content may turn out otherwise. */
  readonly bytes: number;
  /** As the source says; a folder says nothing. */
  readonly crc32?: number;
  /**
   * Its content. A piece may be overwritten once the next is asked for. Throws an `EditionSourceError` when it cannot be
   * read.
   */
  read(): AsyncIterable<Uint8Array>;
}
