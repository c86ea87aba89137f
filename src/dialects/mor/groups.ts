import type { Product } from "../../core/product.ts";
import { everyPage } from "../../queries/pages.ts";
import type { CallHandler } from "./answer.ts";
import type { Call } from "./auth.ts";
import { readId, textOf } from "./decode.ts";
import { type Group, groupDocument, groupElement, listDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";

/**
 * The calling card group with this id, if the caller may sell from it; `undefined` when there is none, it has another
 * owner, or it was retired. The caller cannot tell these apart.
 */
export async function findGroup({ context, ownerId }: Call, id: number | undefined): Promise<Group | undefined> {
  const found = id === undefined ? undefined : await context.queries.products.byId(context.organization.id, id);
  const group = found === undefined ? undefined : asGroup(found.product);
  return group?.stock.ownerId === ownerId && group.retiredAtMs === null ? group : undefined;
}

/** The product as a calling card group; `undefined` for any other kind. */
function asGroup(product: Product): Group | undefined {
  const { kind, stock } = product;
  return kind === "card_group" && stock !== null ? { ...product, stock } : undefined;
}

/** `card_group_get`. */
export const getGroup: CallHandler = async (call) => {
  const group = await findGroup(call, readId(call.parameters.get("id")));
  if (group === undefined) return new ProtocolError("cardgroupNotFound");
  const { organization, queries } = call.context;
  const room = await queries.holds.availability(organization.id, group.id, call.request.atMs);
  return groupDocument(group, room?.stock?.free ?? 0);
};

/** `cc_groups_get`: all of the caller's groups, or the one that `cc_group_id` names. */
export const listGroups: CallHandler = async (call) => {
  const { context, ownerId, parameters } = call;
  const named = textOf(parameters, "cc_group_id");
  if (named !== undefined) {
    const group = await findGroup(call, readId(named));
    return group === undefined ? new ProtocolError("groupIdWrong") : listOf([group]);
  }
  const groups: Group[] = [];
  for await (const page of everyPage(context.queries.products.list, context.organization.id, {
    kind: "card_group",
    ownerId,
  })) {
    groups.push(...page.flatMap((product) => asGroup(product) ?? []));
  }
  return groups.length === 0 ? new ProtocolError("groupsNotFound") : listOf(groups);
};

function listOf(groups: readonly Group[]): AsyncIterable<string> {
  return listDocument("cc_groups", onePage(groups), groupElement);
}

async function* onePage<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
