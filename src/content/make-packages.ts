import type { Logger } from "pino";
import type { Edition } from "../core/edition.ts";
import type { Product } from "../core/product.ts";
import type { Executor } from "../engine/executor.ts";
import { JobFailure, ServiceAway } from "../jobs/failure.ts";
import type { Task } from "../jobs/task.ts";
import type { Queries } from "../queries/queries.ts";
import { DeliveryImpossible } from "./delivery-format.ts";
import type { EditionContents, PackageFormat } from "./package-format.ts";
import { DeliveryError, WrongFileStore } from "./store/errors.ts";
import type { FileStore } from "./store/file-store.ts";
import { packageNameOf } from "./store/paths.ts";

export interface PackageServices {
  readonly queries: Pick<Queries, "packages" | "content">;
  readonly execute: Executor;
  readonly files: Pick<FileStore, "listFiles" | "readSmallFile" | "makePackage">;
  readonly packageFormats: readonly PackageFormat[];
  readonly log: Logger;
}

/**
 * Makes the packages that the editions of a product lack, the latest edition first. Each is offered as soon as it is
 * made, and not before, so a process that is killed leaves nothing half-made, and the next attempt goes on behind the
 * last package. An edition that cannot be packed is left out, with a line in the log that tells the operator what to do.
 */
export const makePackagesTask: Task<PackageServices, { readonly editionId: number }> = {
  name: "make_packages",
  crew: "builds",
  // After the deliveries, for which somebody waits.
  limits: { priority: 2, attemptsMax: 22 },

  async run({ organizationId, editionId }, { signal }, services) {
    const { queries, packageFormats } = services;
    const product = await queries.packages.productOf(organizationId, editionId);
    const format = packageFormats.find(({ kind }) => kind === product?.kind);
    if (product === undefined || format === undefined) return;
    const editions = await queries.content.editions(organizationId, product.id);
    // Looked up before each one, since another job may be at the same product.
    const isMade = async (to: Edition, from: Edition | undefined) => {
      const made = await queries.packages.ofProduct(organizationId, product.id);
      return made.some((one) => one.editionId === to.id && one.fromEditionId === (from?.id ?? null));
    };
    try {
      for (const to of editions.toReversed()) {
        const predecessor = format.predecessorOf(to, editions);
        for (const from of predecessor === undefined ? [undefined] : [undefined, predecessor]) {
          if (!(await isMade(to, from))) await make(services, format, { organizationId, product, to, from, signal });
        }
      }
    } catch (error) {
      if (error instanceof WrongFileStore) throw new ServiceAway(error.message);
      throw error instanceof DeliveryError ? new JobFailure(error.message) : error;
    }
  },
};

interface Wanted {
  readonly organizationId: number;
  readonly product: Pick<Product, "id" | "name">;
  readonly to: Edition;
  readonly from: Edition | undefined;
  readonly signal: AbortSignal;
}

async function make(services: PackageServices, format: PackageFormat, wanted: Wanted): Promise<void> {
  const { execute, files, log } = services;
  const { organizationId, product, to, from, signal } = wanted;
  const names = { organizationId, productId: product.id, edition: to.name, from: from?.name ?? null };
  try {
    const plan = await format.plan(
      product,
      await contentsOf(files, to),
      from === undefined ? undefined : await contentsOf(files, from),
    );
    if (plan === undefined) return;
    const { fileName, ...content } = plan;
    const place = { editionKey: to.content.key, packageName: packageNameOf(from?.content.key ?? null) };
    const made = await files.makePackage({ ...place, ...content, modifiedAtMs: to.publishedAtMs }, signal);
    const offered = { fromEditionId: from?.id ?? null, fileName, ...made };
    await execute(organizationId, { verb: "offer_package", productId: product.id, editionId: to.id, offered });
    log.info({ ...names, bytes: made.bytes }, "a package is made");
  } catch (error) {
    const isHopeless =
      error instanceof DeliveryImpossible || (error instanceof DeliveryError && error.reason !== "disk_full");
    if (!isHopeless) throw error;
    log.error({ ...names, advice: error.message }, "a package cannot be made");
  }
}

async function contentsOf(files: PackageServices["files"], edition: Edition): Promise<EditionContents> {
  const { key } = edition.content;
  return { edition, files: await files.listFiles(key), read: (path) => files.readSmallFile(key, path) };
}
