import type { KeyObject } from "node:crypto";
import { type Edition, isGiven } from "../core/edition.ts";
import type { PackageDetails } from "../queries/packages.ts";
import type { Queries } from "../queries/queries.ts";
import { checkLink, type SignedLink, signLink } from "./links.ts";
import type { EditionFile, FileStore, OpenDelivery } from "./store/file-store.ts";
import { packageNameOf } from "./store/paths.ts";

/** Signs the links under which packages are downloaded, and opens the packages that they name. */
export interface PackageDownloads {
  /** Signs a link that opens a package until `expiresAtMs`, rounded down to a second. */
  link(organizationId: number, packageId: number, expiresAtMs: number): SignedLink;
  /**
   * Opens the package that a link names, for one reading. The caller reads it or closes it. `forged`: this server did
   * not sign the link; `expired`: its time is over; `gone`: there is no such package any more, its edition was withdrawn, or
   * its files are missing.
   * Rejects with `StoreUnavailable`, also while the file store cannot be used.
   */
  open(organizationId: number, packageId: number, expires: string, signature: string): Promise<OpenedPackage>;
  /** The files of an edition. They never change, so they are read once. Rejects with a `DeliveryError`. */
  filesOf(edition: Edition): Promise<readonly EditionFile[]>;
}

export type OpenedPackage = (PackageDetails & OpenDelivery) | "expired" | "forged" | "gone";

/** The first key signs links, and links that any of them signed are valid. */
export interface LinkKeys {
  readonly sign: KeyObject;
  readonly check: readonly KeyObject[];
}

interface PackageDownloadsOptions {
  readonly queries: Pick<Queries, "packages">;
  readonly files: Pick<FileStore, "openPackage" | "listFiles">;
  readonly keys: LinkKeys;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Editions whose files are remembered. Those of the largest take some MB. */
const editionsMax = 20;

export function createPackageDownloads({ queries, files, keys, clock }: PackageDownloadsOptions): PackageDownloads {
  const purpose = "package";
  const known = new Map<string, Promise<readonly EditionFile[]>>();
  return {
    link: (organizationId, packageId, expiresAtMs) =>
      signLink({ organizationId, purpose, name: packageId, expiresAtMs }, keys.sign),

    async open(organizationId, packageId, expires, signature) {
      const link = { organizationId, purpose, name: packageId, expires, signature } as const;
      const checked = checkLink(link, keys.check, clock());
      if (checked !== "valid") return checked;
      const found = await queries.packages.byId(organizationId, packageId);
      if (found === undefined) return "gone";
      const { edition, made } = found;
      if (!isGiven(edition, clock())) return "gone";
      const file = await files.openPackage(edition.content.key, packageNameOf(found.fromKey));
      if (file?.bytes === made.bytes) return { ...found, bytes: file.bytes, read: file.read, close: file.close };
      await file?.close();
      return "gone";
    },

    filesOf({ content: { key } }) {
      const found = known.get(key);
      if (found !== undefined) return found;
      const read = files.listFiles(key);
      known.set(key, read);
      read.catch(() => known.delete(key));
      const [oldest] = known.size > editionsMax ? known.keys() : [];
      if (oldest !== undefined) known.delete(oldest);
      return read;
    },
  };
}
