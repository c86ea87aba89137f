import { type Edition, editions, editionsOf, isEditionDay } from "../edition.ts";
import { aboutProduct } from "../log-entry.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { put } from "../state.ts";
import { momentOf } from "../time-zone.ts";
import { accept, refuse, verb } from "../verb.ts";

interface ChangeEdition extends ProductNamed {
  readonly name: string;
  /** A day, as midnight UTC, on which an edition is published that nobody gets before. */
  readonly change: "withdraw" | "restore" | { readonly publishedAtMs: number };
}

/**
 * Withdraws an edition, takes that back, or schedules an edition for another day. A withdrawn edition is given to nobody:
 * the one before it is current again, and what was prepared of it can be fetched no more. Those who have it keep it.
 * The same change again succeeds and changes nothing. `edition_invalid`: the day is none.
 */
export const changeEdition = verb<ChangeEdition, { readonly product: Product; readonly edition: Edition }>()({
  name: "change_edition",
  permission: "manage_products",
  refusals: ["product_not_found", "edition_not_found", "edition_invalid"],
  logs: ["edition_withdrawn", "edition_restored", "edition_scheduled"],

  needs: ({ productId }) => ({ lock: [products.at(productId), editionsOf.at(productId)] }),

  decide(state, command, { nowMs }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const before = state.find(editionsOf, product.id).find(({ name }) => name === command.name);
    if (before === undefined) return refuse("edition_not_found");
    const { change } = command;
    if (typeof change === "object" && !isEditionDay(change.publishedAtMs)) return refuse("edition_invalid");
    const edition = changed(before, change, product, nowMs);
    const isSame = (["publishedAtMs", "availableAtMs", "withdrawnAtMs"] as const).every(
      (at) => before[at] === edition[at],
    );
    if (isSame) return accept({ product, edition });
    const kind =
      change === "withdraw" ? "edition_withdrawn" : change === "restore" ? "edition_restored" : "edition_scheduled";
    const { name, availableAtMs } = edition;
    const detail = typeof change === "object" ? { edition: name, availableAtMs } : { edition: name };
    return accept(
      { product, edition },
      [put(editions, edition)],
      [{ ...aboutProduct(kind, product.id, nowMs), detail }],
    );
  },
});

function changed(before: Edition, change: ChangeEdition["change"], { timeZone }: Product, nowMs: number): Edition {
  if (change === "withdraw") return { ...before, withdrawnAtMs: before.withdrawnAtMs ?? nowMs };
  if (change === "restore") return { ...before, withdrawnAtMs: null };
  const { publishedAtMs } = change;
  return { ...before, publishedAtMs, availableAtMs: momentOf(timeZone, publishedAtMs) };
}
