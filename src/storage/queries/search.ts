import type { Customer } from "../../core/customer.ts";
import type { Entitlement } from "../../core/entitlement.ts";
import type { CustomerQueries } from "../../queries/customers.ts";
import type { EntitlementQueries } from "../../queries/entitlements.ts";
import type { Page, PageRequest } from "../../queries/pages.ts";
import { customerColumns } from "../nouns/customer.ts";
import { entitlementColumns, entitlementSource } from "../nouns/entitlement.ts";
import type { SqlExecutor, Statement } from "../statement.ts";
import { bigint, type Columns, columns, text } from "../table.ts";
import { fitting, valuesOf } from "./filtered-entitlements.ts";
import { pageQuery, toCursor } from "./pages.ts";

/**
 * Search by the beginning of texts, along the indexes of migration `search`: one way after another, and each in the order
 * of its index. So a page reads about as many rows as it has, however many others begin with the same letters.
 *
 * A row that several ways lead to is found on the first of them.
 */

const codeText = `(upper(replace(e.code, '-', '') collate "C"))`;
const referenceText = `(lower(e.reference) collate "C")`;
const nameText = `(lower(c.name) collate "C")`;
const displayNameText = `(lower(c.display_name) collate "C")`;
const lastNameText = `(lower(substring(c.display_name from '[^ ]+$')) collate "C")`;

/** A way to rows: the text that it compares, and the condition of its index. */
interface WayTo {
  readonly name: string;
  readonly text: string;
  readonly covered?: string;
}

const waysToCustomers: readonly WayTo[] = [
  { name: "name", text: nameText },
  { name: "display_name", text: displayNameText, covered: "c.display_name <> ''" },
  { name: "last_name", text: lastNameText, covered: "c.display_name like '% %'" },
];
const waysToEntitlements: readonly WayTo[] = [
  { name: "code", text: codeText },
  { name: "reference", text: referenceText, covered: "e.reference is not null" },
];

/** A row with the text by which it was found. */
interface Found<Row> {
  readonly row: Row;
  readonly id: number;
  readonly key: string;
}
type Way<Row> = Statement<Found<Row>>;

/** The largest character: a text that follows this behind a beginning follows every text with that beginning. */
const last = "U&'\\+10FFFF'";

/** Whether a text begins like the parameter with this number. It is a range, for which the planner needs no value. */
function beginsLike({ name, text, covered }: WayTo, parameter: number): string {
  const sought =
    name === "code"
      ? `upper(translate($${parameter}::text, ' -', '') collate "C")`
      : `(lower($${parameter}::text) collate "C")`;
  const conditions = [covered, `${sought} <> ''`, `${text} >= ${sought}`, `${text} < ${sought} || ${last}`];
  return conditions.filter((one) => one !== undefined).join(" and ");
}

/** The statements of ways to rows of the table with this alias. The parameters of the filter come before their own. */
function waysOf<Row>(
  prefix: string,
  row: Columns<Row>,
  source: string,
  { alias, filter, parameters }: { readonly alias: string; readonly filter: string; readonly parameters: number },
  all: readonly WayTo[],
): readonly Way<Row>[] {
  const [sought, key, id] = [parameters + 1, parameters + 2, parameters + 3];
  return all.map((way, index) => {
    const found = columns({ row, id: bigint(`${alias}.id`), key: text(way.text) });
    const earlier = all.slice(0, index).map((one) => `\n  and (${beginsLike(one, sought)}) is not true`);
    return pageQuery(
      prefix + way.name,
      found,
      `select ${found.sql} from ${source}
where ${filter}
  and ${beginsLike(way, sought)}
  and (${way.text}, ${alias}.id) > ($${key}::text collate "C", $${id}::bigint)${earlier.join("")}
order by ${way.text}, ${alias}.id`,
    );
  });
}

const toEntitlements = waysOf(
  "search_entitlements_by_",
  entitlementColumns,
  entitlementSource,
  { alias: "e", filter: fitting(), parameters: 11 },
  [...waysToEntitlements, ...waysToCustomers],
);
const seenCustomers = "c.organization_id = $1 and c.owner_operator_id is not distinct from $2::bigint";
const toCustomers = waysOf(
  "search_customers_by_",
  customerColumns,
  "customer c",
  { alias: "c", filter: seenCustomers, parameters: 2 },
  waysToCustomers,
);

/** The search of {@link EntitlementQueries.search}. */
export function searchEntitlements(
  sql: SqlExecutor,
  organizationId: number,
  { text: sought, seesNames, ...filter }: Parameters<EntitlementQueries["search"]>[1],
  page: PageRequest<Entitlement>,
): Promise<Page<Entitlement>> {
  const ways = seesNames ? toEntitlements : toEntitlements.slice(0, waysToEntitlements.length);
  return readWays(sql, ways, [...valuesOf(organizationId, filter), textOf(sought)], page);
}

/** The search of {@link CustomerQueries.search}. */
export function searchCustomers(
  sql: SqlExecutor,
  organizationId: number,
  { text: sought, ownerId }: Parameters<CustomerQueries["search"]>[1],
  page: PageRequest<Customer>,
): Promise<Page<Customer>> {
  return readWays(sql, toCustomers, [organizationId, ownerId, textOf(sought)], page);
}

/** A text as it is compared: with plain blanks and hyphens, and without invisible characters. */
function textOf(sought: string): string {
  const plain = sought
    .replace(/\p{Cf}/gu, "")
    .replace(/[\p{Pd}\u2212]/gu, "-")
    .replace(/\s+/g, " ");
  return plain.trim().normalize("NFC");
}

/** The place behind a row: the number of its way, its id and its text. */
const placeShape = /^(\d) (\d{1,15}) (.*)$/s;

/** Reads a page along the ways. */
async function readWays<Row>(
  sql: SqlExecutor,
  ways: readonly Way<Row>[],
  values: readonly unknown[],
  { after, limit = searchRowsMax }: PageRequest<Row>,
): Promise<Page<Row>> {
  const [, way = "0", behindId = "-1", behindKey = ""] = placeShape.exec(after ?? "") ?? [];
  const rowsMax = Math.min(limit, searchRowsMax);
  const rows: Row[] = [];
  for (let index = Number(way), id = behindId, key = behindKey; index < ways.length; index++, id = "-1", key = "") {
    const asked = rowsMax - rows.length;
    const found = (await ways[index]?.(sql, ...values, key, id, asked)) ?? [];
    rows.push(...found.map(({ row }) => row));
    const end = found.at(-1);
    if (end !== undefined && found.length === asked) {
      return { rows, next: toCursor(`${index} ${end.id} ${end.key}`) };
    }
  }
  return { rows, next: undefined };
}

const searchRowsMax = 200;
