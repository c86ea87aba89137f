import { dayMs } from "../day.ts";
import { type Edition, isEditionName } from "../edition.ts";
import { accept, namedProduct, type Rule, refuse, take } from "./rule.ts";

/**
 * Adds a version of a product's content, whose files have been taken in. It is delivered from now on, unless a later
 * one is there, so it cannot be of a day to come: one that is mistyped would be the current edition for years. Tomorrow
 * is today somewhere. Refused with `product_not_found`, `edition_invalid`, also for such a day, `edition_taken` or
 * `product_retired`.
 */
export const addEdition: Rule<"add_edition"> = {
  needs: ({ productId }) => ({ products: [productId], editionsOf: [productId], fresh: { editions: 1 } }),

  decide(state, command, { nowMs, fresh }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const { name, publishedAtMs, content } = command;
    const isDay = Number.isSafeInteger(publishedAtMs) && publishedAtMs <= nowMs + dayMs;
    if (!isEditionName(name) || !isDay) return refuse("edition_invalid");
    if (state.edition(product.id, name) !== undefined) return refuse("edition_taken");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    const edition: Edition = {
      id: take(fresh.editions),
      productId: product.id,
      name,
      publishedAtMs,
      addedAtMs: nowMs,
      content,
    };
    return accept<"add_edition">(
      { product, edition },
      [{ change: "add_edition", edition }],
      [
        {
          kind: "edition_added",
          productId: product.id,
          entitlementId: null,
          code: null,
          occurredAtMs: nowMs,
          refusal: null,
        },
      ],
    );
  },
};
