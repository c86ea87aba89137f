import type { StockedCard } from "../../core/card.ts";
import type { Product } from "../../core/product.ts";
import type { CardFilter, CardQueries } from "../../queries/cards.ts";
import type { Cursor, Page, PageRequest } from "../../queries/pages.ts";
import { toCard } from "../nouns/card.ts";
import { entitlementSource, stockColumns } from "../nouns/entitlement.ts";
import { pinHashes } from "../nouns/pin.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import type { RowOf } from "../table.ts";
import { numberOf } from "./code-order.ts";
import { mapRows, pageQuery, pageRowsMax, readPage, toCursor } from "./pages.ts";
import { pageProducts } from "./products.ts";

const readStockedCard = query(
  "read_stocked_card",
  stockColumns,
  `select ${stockColumns.sql} from ${entitlementSource}
where e.organization_id = $1 and e.code = $2 and e.balance_minor is not null`,
);

const readStockedCardById = query(
  "read_stocked_card_by_id",
  stockColumns,
  `select ${stockColumns.sql} from ${entitlementSource}
where e.organization_id = $1 and e.id = $2 and e.balance_minor is not null`,
);
const pageStock = pageQuery(
  "page_stock",
  stockColumns,
  `select ${stockColumns.sql} from ${entitlementSource}
where e.organization_id = $1 and e.product_id = $2 and e.in_stock and e.balance_minor is not null
  and e.code collate "C" > $3
order by e.code collate "C"`,
);

const fits = `e.balance_minor is not null and e.revoked_at is null and e.suspended_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6)`;

/** The cards that have a number, a pin, or both. */
const fittingCards = (name: string, hasNumber: boolean, hasPin: boolean) =>
  query(
    name,
    stockColumns,
    `select ${stockColumns.sql} from ${entitlementSource}
join product p on p.organization_id = e.organization_id and p.id = e.product_id
where e.organization_id = $1 and p.owner_operator_id is not distinct from $2 and p.retired_at is null
  and p.kind = $8 and ${fits} and ($7::boolean is null or e.in_stock <> $7)
  and ${hasNumber ? "e.code = $3" : "$3::text is null"}
  and ${hasPin ? "e.secret_hash = any($4::bytea[])" : "$4::bytea[] is null"}
order by e.code`,
  );
const readNumbered = fittingCards("read_fitting_cards number", true, false);
const readPinned = fittingCards("read_fitting_cards pin", false, true);
const readNumberedAndPinned = fittingCards("read_fitting_cards number pin", true, true);

const cut = (condition: string, order: string) =>
  `(select e.* from entitlement e
  where e.organization_id = $1 and e.product_id = $2 and ${condition} and ${fits} order by ${order} limit ${pageRowsMax})`;
const stockOfProduct = cut(
  'e.in_stock and e.code collate "C" > $3 and e.code_number >= $4::numeric',
  'e.code collate "C"',
);
const othersOfProduct = cut("not e.in_stock and (e.code_number, e.code) > ($4::numeric, $3)", "e.code_number, e.code");

/**
 * The cards of one product, if it is live and belongs to the owner. The stock and the sold cards are each cut to a page
 * behind the last number, and then merged, so a card that is sold between two pages is listed once. The numbers of a
 * product have one length, so both indexes have the same order.
 */
const cardsOfProduct = (name: string, ...parts: readonly string[]) =>
  pageQuery(
    name,
    stockColumns,
    `select ${stockColumns.sql} from (${parts.join(" union all ")}) as e
left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
where exists (
  select from product p where p.organization_id = $1 and p.id = $2 and p.kind = $7 and p.retired_at is null
    and p.owner_operator_id is not distinct from $8)
order by e.code_number, e.code`,
  );
const pageAll = cardsOfProduct("page_cards", stockOfProduct, othersOfProduct);
const pageInStock = cardsOfProduct("page_cards_in_stock", stockOfProduct);
const pageSold = cardsOfProduct("page_cards_sold", othersOfProduct);

export function cardQueries(sql: SqlExecutor, secrets: Secrets): CardQueries {
  return {
    async byNumber(organizationId, number) {
      const [row] = await readStockedCard(sql, organizationId, number);
      return row === undefined ? undefined : toStockedCard(secrets, row);
    },

    async byId(organizationId, entitlementId) {
      const [row] = await readStockedCardById(sql, organizationId, entitlementId);
      return row === undefined ? undefined : toStockedCard(secrets, row);
    },

    stockOf: (organizationId, productId, page) =>
      readPage(sql, page, {
        statement: mapRows(pageStock, (row) => toStockedCard(secrets, row)),
        values: [organizationId, productId, page.after ?? ""],
        keyOf: ({ entitlement }) => entitlement.code,
      }),

    list: (organizationId, filter, page) => pageCards(sql, secrets, organizationId, filter, page),
  };
}

/** The card of a row that has a balance. */
export function toStockedCard(secrets: Secrets, row: RowOf<typeof stockColumns>): StockedCard {
  const card = toCard(secrets, row.card);
  if (card === undefined) throw new Error("a card without a balance");
  return { entitlement: row.entitlement, card };
}

/** Products that one page looks through, at most. So a page takes a bounded time when many have no such card. */
const productsAtOnce = 50;

/**
 * Cards of live products, product by product, the lowest number first. Each product is paged along its indexes of the
 * stock and of the sold cards. A number or a pin is looked up in an index of the organization.
 */
async function pageCards(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  filter: CardFilter,
  { after, limit = pageRowsMax }: PageRequest<StockedCard>,
): Promise<Page<StockedCard>> {
  const { kind, ownerId, number, pin } = filter;
  if (number !== undefined || pin !== undefined) {
    return { rows: await readFittingCards(sql, secrets, organizationId, filter), next: undefined };
  }
  const rows: StockedCard[] = [];
  /** Adds the cards behind a number. Resolves with the cursor if the page is full. */
  const add = async (productId: number, behind: string): Promise<Cursor<StockedCard> | undefined> => {
    const left = { after: toCursor<StockedCard>(behind), limit: Math.min(limit, pageRowsMax) - rows.length };
    const page = await pageCardsOf(sql, secrets, organizationId, productId, filter, left);
    rows.push(...page.rows);
    return page.next === undefined ? undefined : toCursor(`${productId}/${page.next}`);
  };

  const place = placeOf(after);
  const full = place.number === "" ? undefined : await add(place.productId, place.number);
  if (full !== undefined) return { rows, next: full };
  const others = { after: toCursor<Product>(place.productId), limit: productsAtOnce };
  const products = await pageProducts(sql, organizationId, { kind, ownerId }, others);
  for (const { id } of products.rows) {
    const next = await add(id, "");
    if (next !== undefined) return { rows, next };
  }
  return { rows, next: products.next === undefined ? undefined : toCursor(`${products.next}/`) };
}

/** The product and the number behind which a list goes on. Without a number it goes on behind the product. */
function placeOf(cursor: Cursor<StockedCard> = toCursor("0/")): { productId: number; number: string } {
  const slash = cursor.indexOf("/");
  return { productId: Number(cursor.slice(0, slash)), number: cursor.slice(slash + 1) };
}

/** The cards that have a number or a pin, if they fit. */
async function readFittingCards(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  filter: CardFilter,
): Promise<StockedCard[]> {
  const { kind, ownerId, number = null, pin, batch = null, sold = null } = filter;
  const read = pin === undefined ? readNumbered : number === null ? readPinned : readNumberedAndPinned;
  const hashes = pin === undefined ? null : pinHashes(secrets, pin);
  const rows = await read(sql, organizationId, ownerId, number, hashes, batch, detailsOf(filter), sold, kind);
  return rows.map((row) => toStockedCard(secrets, row));
}

function pageCardsOf(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  productId: number,
  filter: CardFilter,
  page: PageRequest<StockedCard>,
): Promise<Page<StockedCard>> {
  const { kind, ownerId, batch = null, sold } = filter;
  const { after = "" } = page;
  const statement = sold === undefined ? pageAll : sold ? pageSold : pageInStock;
  return readPage(sql, page, {
    statement: mapRows(statement, (row) => toStockedCard(secrets, row)),
    values: [organizationId, productId, after, numberOf(after), batch, detailsOf(filter), kind, ownerId],
    keyOf: ({ entitlement }) => entitlement.code,
  });
}

/** The part of a card's details that the filter asks for. */
function detailsOf({ name, callerId, language, distributorId }: CardFilter): string | null {
  const details = JSON.stringify({ name, callerId, language, distributorId });
  return details === "{}" ? null : details;
}
