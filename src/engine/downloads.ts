/** Links under which deliveries are downloaded, and what they open. */
export interface Downloads {
  /** Signs a link to a delivery that opens it until `expiresAtMs`; of a part of a second the beginning counts. */
  link(organizationId: number, deliveryId: number, expiresAtMs: number): DownloadLink;

  /**
   * Opens the delivery that a link names, for one reading; whoever gets it reads or closes it. Refused with
   *
   * - `forged`: the link is none of ours;
   * - `expired`: its time is over, or that of its delivery;
   * - `gone`: the delivery is not offered any more, or its file is not there or not what was built.
   *
   * Rejects with `StoreUnavailable`, also while the file store cannot be used.
   */
  open(organizationId: number, deliveryId: number, expires: string, signature: string): Promise<OpenedDownload>;
}

/** The parts of a link that sign it: digits, and 64 hexadecimal digits. */
export interface DownloadLink {
  /** Seconds since 1970. */
  readonly expires: string;
  readonly signature: string;
}

export type OpenedDownload = Download | "expired" | "forged" | "gone";

/** A delivery that stays readable, even when it is removed meanwhile, until it is closed. */
export interface Download {
  readonly deliveryId: number;
  /** Who holds what was delivered; `null` for nobody. */
  readonly customerId: number | null;
  /** The name under which it is downloaded, `.zip` included. */
  readonly fileName: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly readyAtMs: number;
  /**
   * The bytes from `start` up to, not including, `end`; all of them when nothing is given. Read as they are asked for;
   * the delivery is closed when the reading ends, in whatever way. Once only. With a buffer, each piece lies in it until
   * the next one is asked for. Throws a RangeError for bytes that it does not have.
   */
  read(range?: { readonly start: number; readonly end: number }, buffer?: Uint8Array): AsyncIterable<Uint8Array>;
  /** For who does not read. May be called more than once. */
  close(): Promise<void>;
}
