import { principalOf } from "../../access/principals.ts";
import type { Product } from "../../core/product.ts";
import { everyPage } from "../../queries/pages.ts";
import type { Queries } from "../../queries/queries.ts";
import { sha256Hex } from "../../wire/digest.ts";
import { type CallHandler, linesOf, streamed } from "./answer.ts";
import { viewOf } from "./auth.ts";
import { type BarcodeView, barcodeLines, clientEventHead } from "./encode.ts";
import { ProtocolError } from "./errors.ts";

/**
 * CLIENT GET: the file with which a gate works offline. It has every live event that the apikey opens, with all
 * barcodes: also used and invalidated ones, which a gate must refuse. Those of categories that it may not admit are not
 * valid in its file.
 *
 * The apikey in the path is the caller's identity. As an extension the answer carries an `ETag`; asked again with
 * `If-None-Match` while nothing has changed, the answer is 304 without a body.
 */
export const clientFile: CallHandler = async ({ request, context }) => {
  const { organization, queries, authenticator } = context;
  const apikey = request.params.apikey ?? "";
  const identify = (more: { readonly opens?: number }) =>
    authenticator.identify(organization.id, { accessKeys: [apikey], ...more }, request.address);
  let identity = await identify({});
  if (typeof identity === "string" || identity.kind !== "access_key") return new ProtocolError("invalidApikey");

  const products: Product[] = [];
  const filter = { kind: "event", accessKeyId: identity.accessKey.id } as const;
  for await (const page of everyPage(queries.products.list, organization.id, filter)) products.push(...page);
  const ids = products.map(({ id }) => id);
  const known = identity.accessKey.opens;
  const newlyOpened = ids.find((id) => !known.has(id));
  // The categories of that event are not known yet.
  if (newlyOpened !== undefined) identity = await identify({ opens: newlyOpened });
  if (typeof identity === "string" || identity.kind !== "access_key") return new ProtocolError("invalidApikey");

  const principal = principalOf(identity);
  const { opens } = identity.accessKey;
  const shown = products.map((product): ShownEvent => {
    return { product, view: viewOf({ principal, admits: opens.get(product.id) ?? undefined }) };
  });
  const etag = etagOf(apikey, shown, await queries.log.lastChange(organization.id, ids));
  const headers = { etag, "cache-control": "private, no-cache" };
  if (matches(request.header("if-none-match"), etag)) {
    return { status: 304, headers, body: "", compressible: true };
  }
  return streamed(fileLines(organization.id, queries, shown, apikey), headers);
};
/** An event of the file, with how its barcodes are shown to the gate. */
interface ShownEvent {
  readonly product: Product;
  readonly view: BarcodeView;
}

async function* fileLines(
  organizationId: number,
  queries: Pick<Queries, "entitlements">,
  events: readonly ShownEvent[],
  apikey: string,
): AsyncGenerator<string> {
  for (const { product, view } of events) {
    yield clientEventHead(product, apikey);
    yield* linesOf(everyPage(queries.entitlements.list, organizationId, { productId: product.id }), (entitlement) =>
      barcodeLines(entitlement, product, "", view),
    );
    yield "</event>\n";
  }
}

/**
 * Names a state of the file by its events, the last log line that changed one of them, and how they are shown if not in
 * full. Weak, since the file may be compressed or not. It is made before the file is read, so the file may be newer,
 * never older.
 */
function etagOf(apikey: string, events: readonly ShownEvent[], lastChange: number | null): string {
  const ids = events.map(({ product }) => product.id);
  const views = events.flatMap(({ product: { id }, view: { showsNames, admits } }) => [
    ...(showsNames ? [] : [`${id} without names`]),
    ...(admits === undefined ? [] : [`${id} for ${admits.toSorted().join()}`]),
  ]);
  return `W/"${sha256Hex([apikey, lastChange, ...ids, ...views].join(" ")).slice(0, 32)}"`;
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}
