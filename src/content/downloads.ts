import { createSecretKey } from "node:crypto";
import { isLive } from "../core/delivery.ts";
import { isGiven } from "../core/edition.ts";
import type { Executor } from "../engine/executor.ts";
import type { Queries } from "../queries/queries.ts";
import { createDocuments, type Documents } from "./documents.ts";
import { checkLink, type SignedLink, signLink } from "./links.ts";
import { createPackageDownloads, type PackageDownloads } from "./package-downloads.ts";
import { type FileStore, fileSeenWithinMs, type OpenDelivery } from "./store/file-store.ts";
import { deliveryNameOf } from "./store/paths.ts";

/** Signs the links under which deliveries are downloaded, and opens the deliveries that they name. */
export interface Downloads {
  readonly packages: PackageDownloads;
  readonly documents: Documents;

  /** Signs a link that opens a delivery until `expiresAtMs`, rounded down to a second. */
  link(organizationId: number, deliveryId: number, expiresAtMs: number): SignedLink;

  /**
   * Opens the delivery that a link names, for one reading. The caller reads it or closes it. Refused with
   *
   * - `forged`: this server did not sign the link;
   * - `expired`: the time of the link or of the delivery is over;
   * - `gone`: the delivery is not offered any more, or its file is missing or damaged.
   *
   * Rejects with `StoreUnavailable`, also while the file store cannot be used.
   */
  open(organizationId: number, deliveryId: number, expires: string, signature: string): Promise<OpenedDownload>;
}

export type OpenedDownload = Download | "expired" | "forged" | "gone";

/** An opened delivery, with the facts about its build. */
export interface Download extends Pick<OpenDelivery, "bytes" | "read" | "close"> {
  readonly deliveryId: number;
  /** The holder of the entitlement; `null` when it has none. */
  readonly customerId: number | null;
  /** The name under which it is downloaded, with `.zip`. */
  readonly fileName: string;
  /** In hex. */
  readonly sha256: string;
  readonly readyAtMs: number;
}

export interface DownloadsOptions {
  readonly queries: Pick<Queries, "deliveries" | "packages">;
  readonly execute: Executor;
  readonly files: Pick<FileStore, "openDelivery" | "listFiles" | "openPackage" | "keepDocument" | "readDocument">;
  /** The first key signs. Links that any of them signed are valid. */
  readonly keys: readonly Uint8Array[];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/**
 * Links to deliveries in the file store. When a download finds no file, or a file of another length than the build, the
 * delivery is ended, so that it can be requested again.
 */
export function createDownloads({ queries, execute, files, clock, ...options }: DownloadsOptions): Downloads {
  const keys = options.keys.map((key) => createSecretKey(key));
  const [key] = keys;
  if (key === undefined) throw new Error("no key to sign links with is given");

  const purpose = "download";
  const linkKeys = { sign: key, check: keys };
  return {
    packages: createPackageDownloads({ queries, files, keys: linkKeys, clock }),
    documents: createDocuments({ files, keys: linkKeys, clock }),

    link: (organizationId, deliveryId, expiresAtMs) =>
      signLink({ organizationId, purpose, name: deliveryId, expiresAtMs }, key),

    async open(organizationId, deliveryId, expires, signature) {
      // Only numbers are signed, and only numbers become a part of a path.
      if (!isNumber(organizationId) || !isNumber(deliveryId)) return "forged";
      const nowMs = clock();
      const checked = checkLink({ organizationId, purpose, name: deliveryId, expires, signature }, keys, nowMs);
      if (checked !== "valid") return checked;
      const found = await queries.deliveries.byId(organizationId, deliveryId);
      if (found === undefined || found.delivery.endedAtMs !== null || found.delivery.built === null) return "gone";
      if (!isLive(found.delivery, nowMs)) return "expired";
      if (!isGiven(found.edition, nowMs)) return "gone";
      const { fileName, bytes, sha256, readyAtMs } = found.delivery.built;
      const file = await files.openDelivery(deliveryNameOf(organizationId, deliveryId));
      if (file?.bytes === bytes) {
        const { read, close } = file;
        const customerId = found.entitlement.customer?.id ?? null;
        return { deliveryId, customerId, fileName, bytes, sha256, readyAtMs, read, close };
      }
      await file?.close();
      if (nowMs - readyAtMs > fileSeenWithinMs) {
        await execute(organizationId, { verb: "end_delivery", deliveryId, code: found.entitlement.code });
      }
      return "gone";
    },
  };
}

function isNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
