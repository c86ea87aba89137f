import { categoriesMax } from "../core/category.ts";
import { attentionLengthMax, metadataKeyLengthMax, metadataKeysMax, metadataValueLengthMax } from "../core/metadata.ts";
import { nameLengthMax } from "../core/product.ts";
import type { Refusal } from "../core/refusal.ts";
import { usesMaxMax } from "../core/use.ts";
import { issueQuantityMax } from "../core/verbs/issue.ts";
import { momentWords } from "./moment.ts";

/** Refusals about products, entitlements and holds, as a person at the terminal reads them. */
export const sentences: Partial<Record<Refusal, string>> = {
  product_not_found: 'There is no such product, or it is retired. "counterfoil product list" shows all.',
  category_not_found: 'The product has no such category. "counterfoil product show" lists them.',
  hold_not_found: "The product has no such hold.",
  use_not_found: "There is no use that counts and could be taken back.",
  name_invalid: `A name has 1 to ${nameLengthMax} characters.`,
  period_reversed: "The end lies before the start.",
  quantity_invalid: `A number from 1 to ${issueQuantityMax} is needed, and of a hold no more than it keeps.`,
  access_key_invalid: "An access key has 1 to 128 characters of A-Z, a-z and 0-9.",
  category_invalid: `A category has a key of up to 32 characters of a-z, 0-9, - and _, a name of up to 100 characters, and a colour like #2a9d8f. There are at most ${categoriesMax}.`,
  uses_invalid: `A number of uses from 1 to ${usesMaxMax} is needed.`,
  direction_invalid: 'The product asks for no exits. "counterfoil product change --reentry after_exit" changes that.',
  text_invalid: `A reference is not blank; a note has at most ${attentionLengthMax} characters; there are at most ${metadataKeysMax} metadata, with keys of ${metadataKeyLengthMax} and values of ${metadataValueLengthMax} characters; a reason is not blank.`,
  duration_invalid: "A hold lasts from 1s to 24h.",
  code_invalid: "The code has another form than the numbers of the product.",
  code_taken: "An entitlement has or had this code.",
  occurred_at_impossible: `The time lies in the future, or before the entitlement was issued. A time is written ${momentWords}.`,
  product_retired: "The product is retired: it issues and admits no more.",
  product_closed: "The product is closed for sale.",
  entitlement_revoked: "It was revoked, and is never honoured again.",
  entitlement_suspended: "It is suspended.",
  category_in_use: "Entitlements or holds have the category, so it cannot be taken away.",
  hold_ended: "The hold was confirmed or released, or its time is over.",
  already_redeemed: "It was used already.",
  already_redeemed_today: "It has no use left today.",
  uses_short: "It has fewer uses left than that.",
  already_inside: "Its holder is inside: an exit must come first.",
  not_inside: "Its holder is not inside, so there is no exit.",
  entitlement_held: "A hold keeps it for another buyer.",
  not_sold: "It is in stock, so nobody holds it.",
  capacity_below_issued: "More places are taken or held than that.",
  capacity_reached: "There are not so many free places.",
  stock_short: "There are not so many free cards in stock.",
  not_yet_valid: "Its time has not begun.",
  no_longer_valid: "Its time is over.",
};
