import type { Logger } from "pino";
import { isGiven } from "../core/edition.ts";
import type { Executor } from "../engine/executor.ts";
import { JobFailure, ServiceAway } from "../jobs/failure.ts";
import type { Task } from "../jobs/task.ts";
import type { DeliveryDetails } from "../queries/deliveries.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";
import type { SigningKeys } from "../signing/signing-keys.ts";
import { type DeliveryFormat, DeliveryImpossible, type DeliveryMaterials } from "./delivery-format.ts";
import { DeliveryError, WrongFileStore } from "./store/errors.ts";
import type { DeliveryPlan, FileStore } from "./store/file-store.ts";
import { deliveryNameOf } from "./store/paths.ts";

export interface BuildServices extends Pick<DeliveryMaterials, "keyedHash"> {
  readonly queries: Pick<Queries, "deliveries" | "organizations">;
  readonly execute: Executor;
  readonly files: Pick<FileStore, "readSmallFile" | "buildDelivery" | "removeDelivery">;
  readonly deliveryFormats: readonly DeliveryFormat[];
  readonly signingKeys: SigningKeys;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Logger;
}

/**
 * Builds a delivery and offers it. Every build of one delivery gives the same bytes, so it does no harm if a process
 * that seemed dead builds it, too. A delivery that can never be built is ended, with a line in the log that tells the
 * operator what to do. A delivery that fails at the last attempt is ended, too, so that it can be requested again.
 */
export const buildTask: Task<BuildServices, { readonly deliveryId: number }> = {
  name: "build_delivery",
  crew: "builds",
  // The customer sees that the delivery is being prepared. After less than an hour it can be requested again.
  limits: { priority: 1, attemptsMax: 8 },

  async run({ organizationId, deliveryId }, { isLast, signal }, services) {
    const { queries, execute, files, clock, log } = services;
    const [organization, details] = await Promise.all([
      queries.organizations.byId(organizationId),
      queries.deliveries.byId(organizationId, deliveryId),
    ]);
    if (organization === undefined || details === undefined) return;
    if (details.delivery.endedAtMs !== null || details.delivery.built !== null) return;
    const { product, edition, entitlement } = details;
    const named = { deliveryId, code: entitlement.code };
    if (!isGiven(edition, clock())) {
      await execute(organizationId, { verb: "end_delivery", ...named });
      return log.info({ organizationId, deliveryId }, "a delivery is ended, since its edition was withdrawn");
    }
    const names = { organizationId, deliveryId, productId: product.id, edition: edition.name };
    try {
      const format = formatOf(services.deliveryFormats, details);
      const plan = await planOf(services, format, organization, details);
      const zip = await files.buildDelivery(plan, signal);
      const expiresAtMs = clock() + format.keptMs(organization.settings);
      const built = { fileName: plan.zipName, ...zip, expiresAtMs };
      const { mailTask } = format;
      const finished = await execute(organizationId, { verb: "finish_delivery", ...named, built, mailTask });
      if (finished.ok) return log.info({ ...names, bytes: zip.bytes }, "a delivery is built");
      if (finished.refusal === "code_replaced") throw new JobFailure("The entitlement got another code meanwhile.");
      await files.removeDelivery(plan.deliveryName);
      log.info({ ...names, refusal: finished.refusal }, "a delivery was ended while it was built");
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw error;
      if (error instanceof WrongFileStore) throw new ServiceAway(error.message);
      const advice = adviceOn(error, details);
      if (advice !== undefined || isLast) await execute(organizationId, { verb: "end_delivery", ...named });
      if (advice !== undefined) return log.error({ ...names, advice }, "a delivery can never be built and is ended");
      throw error instanceof DeliveryError ? new JobFailure(error.message) : error;
    }
  },
};

function formatOf(formats: readonly DeliveryFormat[], { product }: DeliveryDetails): DeliveryFormat {
  const format = formats.find(({ kind }) => kind === product.kind);
  if (format === undefined) {
    throw new DeliveryImpossible(`Nothing: no protocol delivers products of the kind ${product.kind}.`);
  }
  return format;
}

async function planOf(
  { files, signingKeys, keyedHash }: BuildServices,
  format: DeliveryFormat,
  organization: Organization,
  details: DeliveryDetails,
): Promise<DeliveryPlan> {
  const { delivery, edition } = details;
  const editionKey = edition.content.key;
  return {
    editionKey,
    deliveryName: deliveryNameOf(organization.id, delivery.id),
    zipName: format.zipName(details),
    extras: await format.extras(details, {
      organization,
      readOriginal: (path) => files.readSmallFile(editionKey, path),
      signingKey: () => signingKeys.ensure(organization),
      keyedHash,
    }),
    modifiedAtMs: delivery.requestedAtMs,
  };
}

/** The advice to the operator if no attempt will build a delivery; `undefined` when the next attempt may succeed. */
function adviceOn(error: unknown, { product, edition }: DeliveryDetails): string | undefined {
  if (error instanceof DeliveryImpossible) return error.message;
  if (!(error instanceof DeliveryError) || error.reason === "disk_full") return undefined;
  const day = new Date(edition.publishedAtMs).toISOString().slice(0, 10);
  return `${error.message} Add it under another name: counterfoil edition add --product ${product.id} --edition NAME --published ${day} PATH`;
}
