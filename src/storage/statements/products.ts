import type { Product, ProductKind, StockTerms } from "../../core/product.ts";

export const productColumns =
  "p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued, p.ever_issued, p.created_at, p.retired_at, p.owner_operator_id, p.price_minor::text, p.currency, p.tax_ppm, p.number_digits, p.secret_digits, p.image_url, p.in_stock, p.slots";

export type ProductRow = [
  id: number,
  kind: ProductKind,
  name: string,
  description: string,
  startsAtMs: number | null,
  endsAtMs: number | null,
  capacity: number | null,
  issued: number,
  everIssued: boolean,
  createdAtMs: number,
  retiredAtMs: number | null,
  ownerId: number | null,
  priceMinor: string | null,
  currency: string | null,
  taxPpm: number | null,
  numberDigits: number | null,
  secretDigits: number | null,
  imageUrl: string | null,
  inStock: number,
  slots: number,
];

export function toProduct(row: ProductRow): Product {
  const [id, kind, name, description, startsAtMs, endsAtMs, capacity, issued, everIssued, createdAtMs, retiredAtMs] =
    row;
  return {
    id,
    kind,
    name,
    description,
    startsAtMs,
    endsAtMs,
    capacity,
    slots: row[19],
    issued,
    everIssued,
    stock: toStockTerms(row),
    inStock: row[18],
    createdAtMs,
    retiredAtMs,
  };
}

/** What is sold from stock has a price. */
function toStockTerms(row: ProductRow): StockTerms | null {
  const [ownerId, priceMinor, currency, taxPpm, numberDigits, secretDigits, imageUrl] = row.slice(11) as StockColumns;
  if (priceMinor === null || currency === null) return null;
  return {
    ownerId,
    price: { minor: BigInt(priceMinor), currency },
    taxPpm: taxPpm ?? 0,
    numberDigits: numberDigits ?? 1,
    secretDigits: secretDigits ?? 0,
    imageUrl: imageUrl ?? "",
  };
}

type StockColumns = ProductRow extends [
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  ...infer Rest,
]
  ? Rest
  : never;
