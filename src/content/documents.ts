import { checkLink, type SignedLink, signLink } from "./links.ts";
import type { LinkKeys } from "./package-downloads.ts";
import type { FileStore } from "./store/file-store.ts";

/** For how long a document can be fetched, at most. Links to it must end earlier. */
export const documentKeptMs = 31 * 24 * 60 * 60 * 1000;

/** Small files that are made for one device when it asks, and fetched under signed links. */
export interface Documents {
  /** Keeps a document under a name of 64 hexadecimal digits, in place of one that is there. */
  keep(name: string, content: Uint8Array): Promise<void>;
  /** A document that was kept since this moment of the system clock; `undefined` when there is none. */
  find(name: string, sinceMs: number): Promise<Buffer | undefined>;
  /** Signs a link that opens a document until `expiresAtMs`, rounded down to a second. */
  link(organizationId: number, name: string, expiresAtMs: number): SignedLink;
  /** The document that a link names; `forged`, `expired` and `gone` as of a download. */
  open(
    organizationId: number,
    name: string,
    expires: string,
    signature: string,
  ): Promise<Buffer | "expired" | "forged" | "gone">;
}

interface DocumentsOptions {
  readonly files: Pick<FileStore, "keepDocument" | "readDocument">;
  readonly keys: LinkKeys;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export function createDocuments({ files, keys, clock }: DocumentsOptions): Documents {
  const purpose = "document";
  return {
    keep: (name, content) => files.keepDocument(name, content),
    find: (name, sinceMs) => files.readDocument(name, sinceMs),
    link: (organizationId, name, expiresAtMs) => signLink({ organizationId, purpose, name, expiresAtMs }, keys.sign),
    async open(organizationId, name, expires, signature) {
      // A signed name was the name of a document, so no other text becomes a path.
      const checked = checkLink({ organizationId, purpose, name, expires, signature }, keys.check, clock());
      if (checked !== "valid") return checked;
      return (await files.readDocument(name)) ?? "gone";
    },
  };
}
