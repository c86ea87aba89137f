import { type Entitlement, type EntitlementState, entitlementStates } from "../../core/entitlement.ts";
import type { EntitlementQueries, EntitlementTerms, ReachFilter } from "../../queries/entitlements.ts";
import type { Page, PageRequest } from "../../queries/pages.ts";
import { entitlementColumns, entitlementSource } from "../nouns/entitlement.ts";
import type { SqlExecutor, Statement } from "../statement.ts";
import { numberOf } from "./code-order.ts";
import { pageQuery, readPage } from "./pages.ts";

/** Of each state, what `stateOf` of the core asks of an entitlement. */
const stateIs: Record<EntitlementState, string> = {
  revoked: "e.revoked_at is not null",
  suspended: "e.revoked_at is null and e.suspended_at is not null",
  in_stock: "e.revoked_at is null and e.suspended_at is null and e.in_stock",
  redeemed: "e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is not null",
  issued: "e.revoked_at is null and e.suspended_at is null and not e.in_stock and e.redeemed_at is null",
};
const stateText = `case ${entitlementStates.map((state) => `when ${stateIs[state]} then '${state}'`).join("\n    ")} end`;

/**
 * What fits a filter, by the parameters of {@link valuesOf}: what the principal sees, and the terms. The terms that lead
 * to an index of their own are not compared with null, so that the planner takes that index.
 */
export const fitting = (...leading: readonly (keyof EntitlementTerms)[]): string => {
  const is = (term: keyof EntitlementTerms, parameter: string, condition: string) =>
    leading.includes(term) ? condition : `(${parameter} is null or ${condition})`;
  return `e.organization_id = $1
  and exists (select from product p where p.organization_id = $1 and p.id = e.product_id
    and p.owner_operator_id is not distinct from $2::bigint)
  and ($3::bigint[] is null or e.product_id = any($3)) and ($4::text[] is null or e.category = any($4))
  and ${is("productId", "$5::bigint", "e.product_id = $5::bigint")}
  and ${is("customerId", "$6::bigint", "e.customer_id = $6::bigint")}
  and ${is("reference", "$7::text", "e.reference = $7::text")}
  and ${is("category", "$8::text", "e.category = $8::text")}
  and ${is("state", "$9::text", `$9::text = ${stateText}`)}
  and ${is("redeemed", "$10::boolean", "(e.redeemed_at is not null) = $10::boolean")}
  and ${is("inside", "$11::boolean", "coalesce(e.inside, false) = $11::boolean")}`;
};

/** The parameters of {@link fitting}. */
export function valuesOf(organizationId: number, filter: ReachFilter & EntitlementTerms): readonly unknown[] {
  const { ownerId, productIds, categories, productId, customerId, reference, category, state, redeemed, inside } =
    filter;
  const terms = [productId, customerId, reference, category, state, redeemed, inside];
  return [organizationId, ownerId, productIds, categories, ...terms.map((term) => term ?? null)];
}

/** A list in both directions. */
interface BothWays {
  readonly up: Statement<Entitlement>;
  readonly down: Statement<Entitlement>;
}

function inOrder(name: string, condition: string, keys: readonly string[], sent: readonly string[]): BothWays {
  const page = (suffix: string, sign: string, direction: string) =>
    pageQuery(
      name + suffix,
      entitlementColumns,
      `select ${entitlementColumns.sql} from ${entitlementSource}
where ${condition} and (${keys.join(", ")}) ${sign} (${sent.join(", ")})
order by ${keys.map((key) => `${key}${direction}`).join(", ")}`,
    );
  return { up: page("", ">", ""), down: page("_down", "<", " desc") };
}

const byId = (name: string, condition: string) => inOrder(name, condition, ["e.id"], ["$12::bigint"]);
const all = byId("page_entitlements_by_id", fitting());
const ofCustomer = byId("page_entitlements_of_customer", fitting("customerId"));
const withReference = byId("page_entitlements_with_reference", fitting("reference"));
const ofProduct = inOrder(
  "page_entitlements_of_product",
  `not e.in_stock and ${fitting("productId")}`,
  ["e.code_number", "e.code"],
  ["$12::numeric", "$13"],
);

/** Larger than any id, and any number of a code. */
const idMax = Number.MAX_SAFE_INTEGER;
const codeNumberMax = "99999999999999999999";

/** The list of {@link EntitlementQueries.filtered}. */
export function pageFiltered(
  sql: SqlExecutor,
  organizationId: number,
  { order, descending, ...filter }: Parameters<EntitlementQueries["filtered"]>[1],
  page: PageRequest<Entitlement>,
): Promise<Page<Entitlement>> {
  const values = valuesOf(organizationId, filter);
  const way = descending ? "down" : "up";
  const { after } = page;
  if (order === "code") {
    const first = descending ? [codeNumberMax, ""] : ["-2", ""];
    const place = after === undefined ? first : [numberOf(after), after];
    return readPage(sql, page, { statement: ofProduct[way], values: [...values, ...place], keyOf: ({ code }) => code });
  }
  const list = filter.customerId !== undefined ? ofCustomer : filter.reference !== undefined ? withReference : all;
  const place = after ?? (descending ? idMax : -1);
  return readPage(sql, page, { statement: list[way], values: [...values, place], keyOf: ({ id }) => id });
}
