import type { Logger } from "pino";
import { deliveryDays, permitKeySetting } from "../core/delivery.ts";
import { unitOfCode } from "../core/order.ts";
import type { Administration } from "../engine/administration.ts";
import type { Executor } from "../engine/executor.ts";
import { DeliveryError, WrongFileStore } from "../files/errors.ts";
import type { DeliveryPlan, FileStore } from "../files/file-store.ts";
import { makePermit, makePermitKey } from "../files/permit.ts";
import { deliveryNameOf } from "../files/places.ts";
import type { DeliveryDetails } from "../queries/deliveries.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";
import { chartInfoOf, chartInfoPath } from "./chart-info.ts";
import { JobFailure, ServiceAway } from "./failure.ts";
import type { Attempt, JobPayload, Task } from "./task.ts";
import { zipNameOf } from "./zip-name.ts";

export interface BuildServices {
  readonly queries: Pick<Queries, "deliveries" | "organizations">;
  readonly administration: Pick<Administration, "ensureSecretSetting">;
  readonly execute: Executor;
  readonly files: Pick<FileStore, "readSmallFile" | "buildDelivery" | "removeDelivery">;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Logger;
}

const dayMs = 24 * 60 * 60 * 1_000;

/**
 * Builds a delivery and offers it. The same delivery is built into the same bytes however often that is done, so that it
 * does no harm when a process that was taken for dead builds it too. What can never be built is ended, with a line in
 * the log that tells the operator what to do; so is what could not be built at the last attempt, so that it can be
 * requested again.
 */
export const buildDelivery: Task<BuildServices, BuildSubject> = {
  name: "build_delivery",
  crew: "builds",
  // Who waits for a build sees that it is prepared: after less than an hour it can be requested anew.
  limits: { priority: 1, attemptsMax: 8 },
  run: (payload, attempt, services) => createBuild(services)(payload, attempt),
};

interface BuildSubject {
  readonly deliveryId: number;
}

function createBuild(options: BuildServices) {
  const { queries, administration, execute, files, clock, log } = options;

  return async (
    { organizationId, deliveryId }: JobPayload<BuildSubject>,
    { isLast, signal }: Attempt,
  ): Promise<void> => {
    const [organization, details] = await Promise.all([
      queries.organizations.byId(organizationId),
      queries.deliveries.byId(organizationId, deliveryId),
    ]);
    if (organization === undefined || details === undefined) return;
    if (details.delivery.endedAtMs !== null || details.delivery.built !== null) return;
    const { product, edition, entitlement } = details;
    const names = { organizationId, deliveryId, productId: product.id, edition: edition.name };
    const named = { deliveryId, code: entitlement.code };
    const endIt = () => execute(organizationId, { verb: "end_delivery", ...named });
    try {
      const plan = await planOf(organization, details);
      const { bytes, sha1, sha256 } = await files.buildDelivery(plan, signal);
      const expiresAtMs = clock() + deliveryDays(organization.settings) * dayMs;
      const built = { fileName: plan.zipName, bytes, sha1, sha256, expiresAtMs };
      const finished = await execute(organizationId, { verb: "finish_delivery", ...named, built });
      if (finished.ok) return log.info({ ...names, bytes }, "a delivery is built");
      await files.removeDelivery(plan.deliveryName);
      log.info({ ...names, refusal: finished.refusal }, "a delivery was ended while it was built");
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw error;
      if (error instanceof WrongFileStore) throw new ServiceAway(error.message);
      const advice = adviceOn(error, details);
      if (advice !== undefined) {
        await endIt();
        return log.error({ ...names, advice }, "a delivery can never be built and is ended");
      }
      if (isLast) await endIt();
      throw error instanceof DeliveryError ? new JobFailure(error.message) : error;
    }
  };

  async function planOf(organization: Organization, details: DeliveryDetails): Promise<DeliveryPlan> {
    const { delivery, edition } = details;
    const original = await files.readSmallFile(edition.content.key, chartInfoPath);
    const permit = makePermit(permitOf(organization, details), await permitKey(organization));
    return {
      editionKey: edition.content.key,
      deliveryName: deliveryNameOf(organization.id, delivery.id),
      zipName: zipNameOf(details),
      extras: [
        { path: chartInfoPath, content: chartInfoOf(original, details) },
        { path: "permit.json", content: permit.json },
        { path: "permit.json.sig", content: permit.signature },
      ],
      modifiedAtMs: delivery.requestedAtMs,
    };
  }

  /** Made when it is needed first; of several processes that need it at once, all get the same. */
  async function permitKey({ id, settings }: Organization): Promise<string> {
    const known = settings.get(permitKeySetting);
    if (typeof known === "string") return known;
    return administration.ensureSecretSetting(id, permitKeySetting, makePermitKey().privateKeyPem);
  }
}

function permitOf(organization: Organization, details: DeliveryDetails): Parameters<typeof makePermit>[0] {
  const { delivery, product, edition, entitlement, device, fingerprintHash } = details;
  if (fingerprintHash === null) throw new UnknownMachine();
  const unit = unitOfCode(entitlement.code);
  return {
    organization: organization.name,
    customer: entitlement.customer?.name ?? "",
    system: device.name,
    fingerprintHash,
    product: { number: String(product.id), name: product.name },
    order: unit?.order ?? entitlement.code,
    quantity: String(unit?.quantityId ?? 1),
    edition: edition.name,
    expiresAtMs: entitlement.expiresAtMs,
    issuedAtMs: delivery.requestedAtMs,
  };
}

/** The device was freed from its machine after the delivery was requested. */
class UnknownMachine extends Error {}

/** What the operator can do about a delivery that no attempt will build; `undefined` when the next attempt may. */
function adviceOn(error: unknown, { product, edition }: DeliveryDetails): string | undefined {
  if (error instanceof UnknownMachine) {
    return "Nothing: the device was freed from its machine. When a machine takes its name, it can be requested again.";
  }
  if (!(error instanceof DeliveryError) || error.reason === "disk_full") return undefined;
  const day = new Date(edition.publishedAtMs).toISOString().slice(0, 10);
  return `${error.message} Add it under another name: counterfoil edition add --product ${product.id} --edition NAME --published ${day} PATH`;
}
