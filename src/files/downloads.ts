import { createSecretKey } from "node:crypto";
import { isLive } from "../core/delivery.ts";
import type { Downloads } from "../engine/downloads.ts";
import type { Executor } from "../engine/executor.ts";
import type { Queries } from "../queries/queries.ts";
import type { FileStore } from "./file-store.ts";
import { fileSeenWithinMs } from "./limits.ts";
import { checkLink, signLink } from "./links.ts";
import { deliveryNameOf } from "./places.ts";

export interface DownloadsOptions {
  readonly queries: Pick<Queries, "deliveries">;
  readonly execute: Executor;
  readonly files: Pick<FileStore, "openDelivery">;
  /** The first signs, and links that any of them signed are good. */
  readonly keys: readonly Uint8Array[];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/**
 * Links to deliveries in the file store. A delivery whose file was lost, or has another length than what was built, is
 * ended when somebody asks for it, so that it can be requested again.
 */
export function createDownloads({ queries, execute, files, clock, ...options }: DownloadsOptions): Downloads {
  const keys = options.keys.map((key) => createSecretKey(key));
  const [key] = keys;
  if (key === undefined) throw new Error("no key to sign links with is given");

  return {
    link: (organizationId, deliveryId, expiresAtMs) => signLink({ organizationId, deliveryId, expiresAtMs }, key),

    async open(organizationId, deliveryId, expires, signature) {
      // What is no number of ours was never signed; nothing else ever comes near a path.
      if (!isNumber(organizationId) || !isNumber(deliveryId)) return "forged";
      const nowMs = clock();
      const checked = checkLink({ organizationId, deliveryId, expires, signature }, keys, nowMs);
      if (checked !== "valid") return checked;
      const found = await queries.deliveries.byId(organizationId, deliveryId);
      if (found === undefined || found.delivery.endedAtMs !== null || found.delivery.built === null) return "gone";
      if (!isLive(found.delivery, nowMs)) return "expired";
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
