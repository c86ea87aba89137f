import { priceAt } from "../../core/price-list.ts";
import type { Product } from "../../core/product.ts";
import { offerFor, type ResellerTerms } from "../../core/reseller-terms.ts";
import { everyPage } from "../../queries/pages.ts";
import type { CallHandler } from "./answer.ts";
import type { Call } from "./auth.ts";
import { readId, textOf } from "./decode.ts";
import { type Group, groupDocument, groupElement, listDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";

/**
 * The calling card group with this id, if it belongs to the caller; `undefined` when there is none, it has another
 * owner, or it was retired. The caller cannot tell these apart.
 */
export async function findGroup(call: Call, id: number | undefined): Promise<Group | undefined> {
  const group = await findLive(call, id);
  return group?.stock.ownerId === call.ownerId ? group : undefined;
}

/**
 * The calling card group with this id, as the caller sells from it: a group of its own, or one of the house that it
 * sells by its terms. `undefined` as for {@link findGroup}.
 */
export async function findOffered(call: Call, id: number | undefined): Promise<Group | undefined> {
  const group = await findLive(call, id);
  const { context, ownerId } = call;
  if (group === undefined || group.stock.ownerId === ownerId || ownerId === null) {
    return group?.stock.ownerId === ownerId ? group : undefined;
  }
  const terms = await context.queries.resellerTerms.of(context.organization.id, ownerId, group.id);
  return offered(call, group, terms);
}

/** The group of the house as a reseller sells from it: at its price, with the cards that it has sold and may sell. */
function offered({ request, ownerId }: Call, group: Group, terms: ResellerTerms | undefined): Group | undefined {
  const offer = offerFor(group, ownerId, terms, request.atMs);
  if (offer === undefined || terms === undefined) return undefined;
  const stock = { ...group.stock, price: offer.price };
  return { ...group, stock, inStock: Math.min(group.inStock, offer.left), issued: terms.sold };
}

async function findLive({ request, context }: Call, id: number | undefined): Promise<Group | undefined> {
  const found = id === undefined ? undefined : await context.queries.products.byId(context.organization.id, id);
  const group = found === undefined ? undefined : asGroup(found.product, request.atMs);
  return group?.retiredAtMs === null ? group : undefined;
}

/** The product as a calling card group, at the price of this moment; `undefined` for any other kind. */
function asGroup(product: Product, nowMs: number): Group | undefined {
  const { kind, stock, prices } = product;
  if (kind !== "card_group" || stock === null) return undefined;
  return { ...product, stock: { ...stock, price: priceAt(stock.price, prices, nowMs) } };
}

/** `card_group_get`. */
export const getGroup: CallHandler = async (call) => {
  const group = await findOffered(call, readId(call.parameters.get("id")));
  if (group === undefined) return new ProtocolError("cardgroupNotFound");
  const { organization, queries } = call.context;
  const room = await queries.holds.availability(organization.id, group.id, call.request.atMs);
  return groupDocument(group, Math.min(room?.stock?.free ?? 0, group.inStock));
};

/** `cc_groups_get`: all groups from which the caller sells, or the one that `cc_group_id` names. */
export const listGroups: CallHandler = async (call) => {
  const { request, context, ownerId, parameters } = call;
  const { organization, queries } = context;
  const named = textOf(parameters, "cc_group_id");
  if (named !== undefined) {
    const group = await findOffered(call, readId(named));
    return group === undefined ? new ProtocolError("groupIdWrong") : listOf([group]);
  }
  const groups: Group[] = [];
  for await (const page of everyPage(queries.products.list, organization.id, { kind: "card_group", ownerId })) {
    groups.push(...page.flatMap((product) => asGroup(product, request.atMs) ?? []));
  }
  if (ownerId !== null) {
    const terms = await queries.resellerTerms.list(organization.id, ownerId);
    const ofHouse = await Promise.all(terms.map(({ terms: { productId } }) => findOffered(call, productId)));
    groups.push(...ofHouse.filter((group) => group !== undefined));
    groups.sort((a, b) => a.id - b.id);
  }
  return groups.length === 0 ? new ProtocolError("groupsNotFound") : listOf(groups);
};

function listOf(groups: readonly Group[]): AsyncIterable<string> {
  return listDocument("cc_groups", onePage(groups), groupElement);
}

async function* onePage<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
