import { openProgress, type Progress } from "../../../cli/progress.ts";
import { readDay } from "../../../cli/read-option.ts";
import { CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { EditionSourceError, WrongFileStore } from "../../../content/store/errors.ts";
import type { FileStore, TakenIn } from "../../../content/store/file-store.ts";
import { dayMs, dayStart, formatDay } from "../../../core/day.ts";
import { currentEdition, isEditionName } from "../../../core/edition.ts";
import type { Product } from "../../../core/product.ts";
import type { Refusal } from "../../../core/refusal.ts";
import { changesOf } from "./edition-changes.ts";

/** The options of `counterfoil edition add`. */
export interface EditionOptions {
  readonly product: string;
  readonly edition: string;
  /** Today when absent. */
  readonly published?: string;
  readonly scheduled?: boolean;
}

/**
 * `counterfoil edition add PATH`: takes in the files of a folder or a zip as an edition of a chart. Known reasons for a
 * refusal are checked before anything is copied. If the edition is refused all the same, or the command is broken off,
 * nothing of it is offered.
 */
export function addEdition(tools: Tools, path: string, options: EditionOptions): Promise<void> {
  const productId = readProductId(options.product);
  const name = options.edition;
  if (!isEditionName(name)) throw new CommandError(sentence("edition_invalid", name));
  const publishedAtMs =
    options.published === undefined ? dayStart(Date.now()) : readDay("--published", options.published);
  const isScheduled = options.scheduled === true;
  if (!isScheduled && publishedAtMs > Date.now() + dayMs) {
    throw new CommandError(
      `--published ${formatDay(publishedAtMs)} is in the future, but an edition is delivered from the moment it is added. Add it on its day, or with --scheduled.`,
    );
  }
  return withServices(tools, async (services) => {
    const { execute, queries, files, organizationId } = services;
    const product = await findChart(services, productId);
    if (product.retiredAtMs !== null) throw new CommandError(sentence("product_retired", name));
    const others = await queries.content.editions(organizationId, productId);
    if (others.some((other) => other.name === name)) throw new CommandError(sentence("edition_taken", name));

    const content = await takeIn(tools, files, path, product);
    const command = {
      verb: "add_edition",
      productId,
      kind: "chart",
      name,
      publishedAtMs,
      isScheduled,
      content,
    } as const;
    const outcome = await execute(command);
    if (!outcome.ok) {
      await files.removeEdition(content.key);
      throw new CommandError(sentence(outcome.refusal, name));
    }
    const { edition } = outcome.value;
    await files.keepEdition(content.key);
    const count = edition.content.files;
    tools.print(
      `${product.name} has the edition ${name}: ${count} ${count === 1 ? "file" : "files"}, ${formatBytes(content.bytes)}.`,
    );
    for (const line of await changesOf(edition, others, files)) tools.print(line);
    const current = currentEdition([...others, edition], Date.now());
    if (current !== undefined && current.id !== edition.id) {
      tools.print(
        `The current edition is still ${current.name}, which was published on ${formatDay(current.publishedAtMs)}.`,
      );
    }
  });
}

async function takeIn(tools: Tools, files: FileStore, path: string, product: Product): Promise<TakenIn> {
  let progress: Progress | undefined;
  let done = 0;
  try {
    return await files.takeIn(path, {
      onProgress({ bytes, bytesTotal }) {
        progress ??= openProgress(tools, `of ${product.name}`, bytesTotal, formatBytes);
        progress.advance(bytes - done);
        done = bytes;
      },
    });
  } catch (error) {
    if (error instanceof EditionSourceError || error instanceof WrongFileStore) throw new CommandError(error.message);
    throw error;
  } finally {
    progress?.close();
  }
}

async function findChart({ queries, organizationId }: CommandServices, productId: number): Promise<Product> {
  const found = await queries.products.byId(organizationId, productId);
  if (found?.product.kind !== "chart") throw new CommandError(`There is no chart ${productId}.`);
  return found.product;
}

function readProductId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new CommandError(`--product "${text}" is not the number of a chart.`);
  return Number(text);
}

const byteUnits = ["B", "KB", "MB", "GB", "TB"];

/** A size in the largest unit that fits, with one decimal: `1.4 GB`. A unit is 1000 of the one before. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < byteUnits.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]}`;
}

/** Refusals in words for the person at the terminal. */
function sentence(refusal: Refusal, name: string): string {
  switch (refusal) {
    case "edition_invalid":
      return `--edition "${name}" cannot be the name of an edition: it has 1 to 32 letters, digits, dots, underscores and hyphens, one slash at most, and begins with a letter or digit.`;
    case "edition_taken":
      return `There is an edition ${name} already. What was sold as one edition never changes: give this one another name.`;
    case "product_retired":
      return "The chart was retired.";
    default:
      return `The edition cannot be added: ${refusal.replaceAll("_", " ")}.`;
  }
}
