import type { DeliveryDetails } from "../../queries/deliveries.ts";

const nameLengthMax = 100;
const customerLengthMax = 20;
const productLengthMax = 40;
const unitLengthMax = 32;
const editionLengthMax = 20;

/**
 * How a delivery is called for who downloads it, at most 100 characters: `roberto-UK_FR4711-15-1_2017-1.zip`. Letters
 * and digits of ASCII, single hyphens and underscores only, since it goes through links and becomes a folder.
 *
 * A client unpacks two deliveries of one name into one folder, and removes the folder when it updates one of them. So
 * between the underscores stands the ordered unit, with the number of the product, and after them the edition: no two
 * units, products or editions share a name. Before them is what there is room for of customer and product, and of the
 * customer nothing but what stands before the `@` of its name.
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

/** The code of an ordered unit as it is; another one, or a long one, is told by its number. */
function unitPart({ id, code }: DeliveryDetails["entitlement"]): string {
  return slugOf(code) === code && code.length <= unitLengthMax ? code : `u${id}`;
}

/** The name of an edition as it is, if it reads the same on a disk that knows no case; otherwise its number follows. */
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
