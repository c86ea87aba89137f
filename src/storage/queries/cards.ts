import type { StockedCard } from "../../core/card.ts";
import type { Product } from "../../core/product.ts";
import type { CardFilter, CardQueries } from "../../queries/cards.ts";
import type { Cursor, Page, PageRequest } from "../../queries/pages.ts";
import type { Secrets } from "../secrets.ts";
import { type CardRow, cardColumns, pinHashes, type StockedCardRow, toCard } from "../statements/cards.ts";
import {
  type EntitlementRow,
  entitlementColumnCount,
  entitlementColumns,
  entitlementSource,
  toEntitlement,
} from "../statements/entitlements.ts";
import { type Runner, run } from "../statements/statement.ts";
import { numberOf } from "./entitlements.ts";
import { pageRowsMax, readPage, toCursor } from "./pages.ts";
import { pageProducts } from "./products.ts";

export function cardQueries(runner: Runner, secrets: Secrets): CardQueries {
  return {
    async byNumber(organizationId, number) {
      const [row] = await run<StockedCardRow>(
        runner,
        "read_stocked_card",
        `select ${entitlementColumns}, ${cardColumns} from ${entitlementSource}
         where e.organization_id = $1 and e.code = $2 and e.balance_minor is not null`,
        [organizationId, number],
      );
      return row === undefined ? undefined : toStockedCard(secrets, row);
    },

    list: (organizationId, filter, page) => pageCards(runner, secrets, organizationId, filter, page),
  };
}

function toStockedCard(secrets: Secrets, row: StockedCardRow): StockedCard {
  const card = toCard(secrets, row.slice(entitlementColumnCount) as CardRow);
  if (card === undefined) throw new Error("a card without a balance");
  return { entitlement: toEntitlement(row.slice(0, entitlementColumnCount) as EntitlementRow), card };
}

const fits = `e.balance_minor is not null and e.revoked_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6)`;

/** Products that one page looks through, at most: so a page takes a bounded time, also where many have no such card. */
const productsAtOnce = 50;

/**
 * Cards of live products, product by product, the lowest number first. Each product is paged along the indexes that it
 * has of its stock and of the rest. A number or a pin is looked up where all are unique.
 */
async function pageCards(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  filter: CardFilter,
  { after, limit = pageRowsMax }: PageRequest<StockedCard>,
): Promise<Page<StockedCard>> {
  const { kind, ownerId, number, pin } = filter;
  if (number !== undefined || pin !== undefined) {
    return { rows: await readFittingCards(runner, secrets, organizationId, filter), next: undefined };
  }
  const rows: StockedCard[] = [];
  /** Adds the cards behind a number. Resolves with the cursor if the page is full. */
  const add = async (productId: number, behind: string): Promise<Cursor<StockedCard> | undefined> => {
    const left = { after: toCursor<StockedCard>(behind), limit: Math.min(limit, pageRowsMax) - rows.length };
    const page = await pageCardsOf(runner, secrets, organizationId, productId, filter, left);
    rows.push(...page.rows);
    return page.next === undefined ? undefined : toCursor(`${productId}/${page.next}`);
  };

  const place = placeOf(after);
  const full = place.number === "" ? undefined : await add(place.productId, place.number);
  if (full !== undefined) return { rows, next: full };
  const others = { after: toCursor<Product>(place.productId), limit: productsAtOnce };
  const products = await pageProducts(runner, organizationId, { kind, ownerId }, others);
  for (const { id } of products.rows) {
    const next = await add(id, "");
    if (next !== undefined) return { rows, next };
  }
  return { rows, next: products.next === undefined ? undefined : toCursor(`${products.next}/`) };
}

/** The product in which a list goes on, and the number behind which it does; behind the product without a number. */
function placeOf(cursor: Cursor<StockedCard> = toCursor("0/")): { productId: number; number: string } {
  const slash = cursor.indexOf("/");
  return { productId: Number(cursor.slice(0, slash)), number: cursor.slice(slash + 1) };
}

/** The cards that have a number or a pin, if they fit. */
async function readFittingCards(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  filter: CardFilter,
): Promise<StockedCard[]> {
  const { kind, ownerId, number, pin, batch = null, sold = null } = filter;
  const isNamed = number === undefined ? "$3::text is null" : "e.code = $3";
  const hasPin = pin === undefined ? "$4::bytea[] is null" : "e.secret_hash = any($4::bytea[])";
  const rows = await run<StockedCardRow>(
    runner,
    `read_fitting_cards ${number === undefined ? "" : "number"} ${pin === undefined ? "" : "pin"}`,
    `select ${entitlementColumns}, ${cardColumns} from ${entitlementSource}
     join product p on p.organization_id = e.organization_id and p.id = e.product_id
     where e.organization_id = $1 and p.owner_operator_id is not distinct from $2 and p.retired_at is null
       and p.kind = $8 and ${fits} and ($7::boolean is null or e.in_stock <> $7)
       and ${isNamed} and ${hasPin}
     order by e.code`,
    [
      organizationId,
      ownerId,
      number ?? null,
      pin === undefined ? null : pinHashes(secrets, pin),
      batch,
      detailsOf(filter),
      sold,
      kind,
    ],
  );
  return rows.map((row) => toStockedCard(secrets, row));
}

/**
 * The cards of one product, if it is live and belongs to the owner. The stock and the other cards are each cut to a page
 * behind the last number, and then both together. So a card that is sold between two pages is listed once. The numbers
 * of a product have one length, so both indexes have the same order.
 */
function pageCardsOf(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  productId: number,
  filter: CardFilter,
  page: PageRequest<StockedCard>,
): Promise<Page<StockedCard>> {
  const { kind, ownerId, batch = null, sold } = filter;
  const part = (condition: string, order: string) =>
    `(select e.* from entitlement e
      where e.organization_id = $1 and e.product_id = $2 and ${condition} and ${fits} order by ${order} limit ${pageRowsMax})`;
  const parts = [
    ...(sold === true
      ? []
      : [part('e.in_stock and e.code collate "C" > $3 and e.code_number >= $4::numeric', 'e.code collate "C"')]),
    ...(sold === false
      ? []
      : [part("not e.in_stock and (e.code_number, e.code) > ($4::numeric, $3)", "e.code_number, e.code")]),
  ];
  const { after = "" } = page;
  return readPage(runner, page, {
    name: `page_cards ${sold ?? "all"}`,
    text: `select ${entitlementColumns}, ${cardColumns} from (${parts.join(" union all ")}) as e
       left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
       where exists (
         select from product p where p.organization_id = $1 and p.id = $2 and p.kind = $7 and p.retired_at is null
           and p.owner_operator_id is not distinct from $8)
       order by e.code_number, e.code`,
    values: [organizationId, productId, after, numberOf(after), batch, detailsOf(filter), kind, ownerId],
    toRow: (row: StockedCardRow) => toStockedCard(secrets, row),
    keyOf: ({ entitlement }) => entitlement.code,
  });
}

/** The part of a card's details that the filter asks for. */
function detailsOf({ name, callerId, language, distributorId }: CardFilter): string | null {
  const details = JSON.stringify({ name, callerId, language, distributorId });
  return details === "{}" ? null : details;
}
