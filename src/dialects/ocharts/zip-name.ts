import type { DeliveryDetails } from "../../queries/deliveries.ts";

const nameLengthMax = 100;
const customerLengthMax = 20;
const productLengthMax = 40;
const unitLengthMax = 32;
const editionLengthMax = 20;

/**
 * The file name of a delivery, at most 100 characters: `roberto-UK_FR4711-15-1_2017-1.zip`. It has only ASCII letters
 * and digits, single hyphens and underscores, since it is a part of links and becomes a folder.
 *
 * A client unpacks two deliveries of one name into one folder, and removes the folder when it updates one of them. So
 * no two units, products or editions share a name: between the underscores stands the ordered unit with the number of
 * the product, and after them the edition. Before them stand customer and product, cut to the room that is left. Of the
 * customer only the part before the `@` is used.
 */
export function zipNameOf({ entitlement, product, edition }: Pick<DeliveryDetails, ZipNameParts>): string {
  const name = entitlement.customer?.name ?? "";
  const at = name.lastIndexOf("@");
  const customer = slugOf(at === -1 ? name : name.slice(0, at), customerLengthMax) || "customer";
  const end = `_${unitPart(entitlement)}_${editionPart(edition)}.zip`;
  const room = nameLengthMax - `${customer}-${end}`.length;
  const title = slugOf(product.name, Math.min(productLengthMax, room));
  return `${customer}${title === "" ? "" : "-"}${title}${end}`;
}

type ZipNameParts = "entitlement" | "product" | "edition";

/** The code of an ordered unit; for any other or a long code, the number of the entitlement. */
function unitPart({ id, code }: DeliveryDetails["entitlement"]): string {
  return slugOf(code) === code && code.length <= unitLengthMax ? code : `u${id}`;
}

/** The name of an edition. Its number follows unless the name is safe on a disk that ignores case. */
function editionPart({ id, name }: DeliveryDetails["edition"]): string {
  const slug = slugOf(name, editionLengthMax);
  return slug.toLowerCase() === name ? name : `${slug}_${id}`;
}

function slugOf(text: string, lengthMax = text.length): string {
  const slug = text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, lengthMax);
  return slug.replace(/-$/, "");
}
