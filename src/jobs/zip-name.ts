import type { DeliveryDetails } from "../engine/reader.ts";

const customerLengthMax = 20;
const productLengthMax = 40;

/**
 * How a delivery is called for who downloads it, at most 100 characters: `roberto-FRatl-UK-2017-1.zip`. Letters and digits
 * of ASCII and single hyphens only, since it goes through links and becomes a folder; of the customer there is nothing
 * but what stands before the `@` of its name. Editions of one product differ in it, and so do products, unless their
 * names differ in punctuation or accents alone.
 */
export function zipNameOf({ entitlement, product, edition }: Pick<DeliveryDetails, ZipNameParts>): string {
  const name = entitlement.customer?.name ?? "";
  const at = name.lastIndexOf("@");
  const customer = slugOf(at === -1 ? name : name.slice(0, at), customerLengthMax);
  return `${customer || "customer"}-${productPart(product)}-${slugOf(edition.name)}.zip`;
}

type ZipNameParts = "entitlement" | "product" | "edition";

function productPart({ id, name }: DeliveryDetails["product"]): string {
  const plain = withoutAccents(name);
  if (/^[\x20-\x7e]*$/.test(plain) && /[A-Za-z0-9]/.test(plain)) return slugOf(plain, productLengthMax);
  // What is left of a name in another script may be left of several.
  const slug = slugOf(plain, productLengthMax - `-${id}`.length);
  return slug === "" ? String(id) : `${slug}-${id}`;
}

function slugOf(text: string, lengthMax = text.length): string {
  const slug = withoutAccents(text)
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, lengthMax);
  return slug.replace(/-$/, "");
}

function withoutAccents(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "");
}
