import { dayMs } from "../day.ts";
import { type Edition, type EditionContent, editions, editionsOf, isEditionDay, isEditionName } from "../edition.ts";
import { jobs } from "../job.ts";
import { aboutProduct } from "../log-entry.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { put } from "../state.ts";
import { momentOf } from "../time-zone.ts";
import { accept, refuse, verb } from "../verb.ts";
import { packagesJob } from "./packages.ts";

interface AddEdition extends ProductNamed {
  readonly name: string;
  /** Midnight UTC of the day. */
  readonly publishedAtMs: number;
  /** Whether nobody gets it before its day. */
  readonly isScheduled?: boolean;
  readonly content: EditionContent;
}

/**
 * Adds a version of a product's content, whose files are already in the file store, and has its packages made. It is
 * delivered from now on, unless there is a later one. Its day cannot lie ahead (`edition_invalid`): a mistyped edition
 * would be the current one for years. Tomorrow is allowed, since it is today somewhere. A scheduled edition is delivered
 * from the beginning of its day on, in the product's time zone.
 */
export const addEdition = verb<AddEdition, { readonly product: Product; readonly edition: Edition }>()({
  name: "add_edition",
  permission: "manage_products",
  refusals: ["product_not_found", "edition_invalid", "edition_taken", "product_retired"],
  logs: ["edition_added"],

  needs: ({ productId }) => ({
    lock: [products.at(productId)],
    read: [editionsOf.at(productId)],
    fresh: [[editions, 1]],
  }),

  decide(state, command, { nowMs, fresh }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const { name, publishedAtMs, isScheduled = false, content } = command;
    const isDay = isEditionDay(publishedAtMs) && (isScheduled || publishedAtMs <= nowMs + dayMs);
    if (!isEditionName(name) || !isDay) return refuse("edition_invalid");
    if (state.find(editionsOf, product.id).some((edition) => edition.name === name)) return refuse("edition_taken");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    const id = fresh(editions);
    const availableAtMs = isScheduled ? momentOf(product.timeZone, publishedAtMs) : null;
    const times = { publishedAtMs, addedAtMs: nowMs, availableAtMs, withdrawnAtMs: null };
    const edition: Edition = { id, productId: product.id, name, ...times, content };
    return accept(
      { product, edition },
      [put(editions, edition), put(jobs, packagesJob(id))],
      [aboutProduct("edition_added", product.id, nowMs)],
    );
  },
});
