import type { Product } from "../../core/product.ts";
import { everyPage } from "../../queries/pages.ts";
import type { Queries } from "../../queries/queries.ts";
import { sha256Hex } from "../../wire/digest.ts";
import { type CallHandler, linesOf, streamed } from "./answer.ts";
import { barcodeLines, clientEventHead } from "./encode.ts";
import { ProtocolError } from "./errors.ts";

/**
 * CLIENT GET: the file with which a gate works offline. It has every live event that the apikey opens, with all
 * barcodes: also used and invalidated ones, which a gate must refuse.
 *
 * The apikey in the path is the caller's identity. As an extension the answer carries an `ETag`; asked again with
 * `If-None-Match` while nothing has changed, the answer is 304 without a body.
 */
export const clientFile: CallHandler = async ({ request, context }) => {
  const { organization, queries, authenticator } = context;
  const apikey = request.params.apikey ?? "";
  const identity = await authenticator.identify(organization.id, { accessKeys: [apikey] }, request.address);
  if (typeof identity === "string" || identity.kind !== "access_key") return new ProtocolError("invalidApikey");

  const products: Product[] = [];
  const filter = { kind: "event", accessKeyId: identity.accessKey.id } as const;
  for await (const page of everyPage(queries.products.list, organization.id, filter)) products.push(...page);
  const ids = products.map(({ id }) => id);
  const etag = etagOf(apikey, ids, await queries.log.lastChange(organization.id, ids));
  const headers = { etag, "cache-control": "private, no-cache" };
  if (matches(request.header("if-none-match"), etag)) {
    return { status: 304, headers, body: "", compressible: true };
  }
  return streamed(fileLines(organization.id, queries, products, apikey), headers);
};

async function* fileLines(
  organizationId: number,
  queries: Pick<Queries, "entitlements">,
  products: readonly Product[],
  apikey: string,
): AsyncGenerator<string> {
  for (const product of products) {
    yield clientEventHead(product, apikey);
    yield* linesOf(everyPage(queries.entitlements.list, organizationId, { productId: product.id }), (entitlement) =>
      barcodeLines(entitlement, product, ""),
    );
    yield "</event>\n";
  }
}

/**
 * Names a state of the file by its events and the last log line that changed one of them. Weak, since the file may be
 * compressed or not. It is made before the file is read, so the file may be newer, never older.
 */
function etagOf(apikey: string, productIds: readonly number[], lastChange: number | null): string {
  return `W/"${sha256Hex([apikey, lastChange, ...productIds].join(" ")).slice(0, 32)}"`;
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}
