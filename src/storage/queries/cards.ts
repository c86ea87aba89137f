import type { StockedCard } from "../../core/card.ts";
import type { CardFilter, CardQueries } from "../../queries/cards.ts";
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
import { pageRows, pages } from "./pages.ts";
import { pageProducts } from "./products.ts";

export function cardQueries(runner: Runner, secrets: Secrets): CardQueries {
  return {
    byNumber: (organizationId, number) => readStockedCard(runner, secrets, organizationId, number),
    list: (organizationId, filter) => pageCards(runner, secrets, organizationId, filter),
  };
}

/** The card with this number. */
export async function readStockedCard(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  number: string,
): Promise<StockedCard | undefined> {
  const [row] = await run<StockedCardRow>(
    runner,
    "read_stocked_card",
    `select ${entitlementColumns}, ${cardColumns} from ${entitlementSource} where e.organization_id = $1 and e.code = $2`,
    [organizationId, number],
  );
  return row === undefined ? undefined : toStockedCard(secrets, row);
}

function toStockedCard(secrets: Secrets, row: StockedCardRow): StockedCard | undefined {
  const card = toCard(secrets, row.slice(entitlementColumnCount) as CardRow);
  return card === undefined
    ? undefined
    : { entitlement: toEntitlement(row.slice(0, entitlementColumnCount) as EntitlementRow), card };
}

const fits = `e.balance_minor is not null and e.revoked_at is null
  and ($5::text is null or e.batch = $5) and ($6::jsonb is null or e.details @> $6)`;

/**
 * Cards of live products of one owner, product by product, the lowest number first. Each product is paged along the
 * indexes that it has of its stock and of the rest. A number or a pin is looked up where all are unique.
 */
export async function* pageCards(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  filter: CardFilter,
): AsyncGenerator<StockedCard[]> {
  if (filter.number !== undefined || filter.pin !== undefined) {
    const found = await readFittingCards(runner, secrets, organizationId, filter);
    if (found.length > 0) yield found;
    return;
  }
  for await (const products of pageProducts(runner, organizationId, { kind: "card_group", ownerId: filter.ownerId })) {
    for (const { id } of products) yield* pageCardsOf(runner, secrets, organizationId, id, filter);
  }
}

/** The cards that have a number or a pin, if they fit. */
async function readFittingCards(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  filter: CardFilter,
): Promise<StockedCard[]> {
  const { ownerId, number, pin, batch = null, sold = null } = filter;
  const isNamed = number === undefined ? "$3::text is null" : "e.code = $3";
  const hasPin = pin === undefined ? "$4::bytea[] is null" : "e.secret_hash = any($4::bytea[])";
  const rows = await run<StockedCardRow>(
    runner,
    `read_fitting_cards ${number === undefined ? "" : "number"} ${pin === undefined ? "" : "pin"}`,
    `select ${entitlementColumns}, ${cardColumns} from ${entitlementSource}
     join product p on p.organization_id = e.organization_id and p.id = e.product_id
     where e.organization_id = $1 and p.owner_operator_id is not distinct from $2 and p.retired_at is null
       and p.kind = 'card_group' and ${fits} and ($7::boolean is null or e.in_stock <> $7)
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
    ],
  );
  return rows.flatMap((row) => toStockedCard(secrets, row) ?? []);
}

/**
 * One product's cards. What is in stock and the rest are each cut to a page behind the last number, and so is what they
 * make together: so a card that is sold between two pages is in the one or the other, and listed once. A product's
 * numbers have one length, so both indexes have the same order.
 */
function pageCardsOf(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  productId: number,
  filter: CardFilter,
): AsyncGenerator<StockedCard[]> {
  const { batch = null, sold } = filter;
  const part = (condition: string, order: string) =>
    `(select e.* from entitlement e
      where e.organization_id = $1 and e.product_id = $2 and ${condition} and ${fits} order by ${order} limit ${pageRows})`;
  const parts = [
    ...(sold === true
      ? []
      : [part('e.in_stock and e.code collate "C" > $3 and e.code_number >= $4::numeric', 'e.code collate "C"')]),
    ...(sold === false
      ? []
      : [part("not e.in_stock and (e.code_number, e.code) > ($4::numeric, $3)", "e.code_number, e.code")]),
  ];
  return pages(async (last: StockedCard | undefined) => {
    const code = last?.entitlement.code ?? "";
    const rows = await run<StockedCardRow>(
      runner,
      `page_cards ${sold ?? "all"}`,
      `select ${entitlementColumns}, ${cardColumns} from (${parts.join(" union all ")}) as e
       left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
       order by e.code_number, e.code limit ${pageRows}`,
      [organizationId, productId, code, /^\d{1,19}$/.test(code) ? code : "-1", batch, detailsOf(filter)],
    );
    return rows.flatMap((row) => toStockedCard(secrets, row) ?? []);
  });
}

/** What the details of a card must hold to fit the filter. */
function detailsOf({ name, callerId, language, distributorId }: CardFilter): string | null {
  const details = JSON.stringify({ name, callerId, language, distributorId });
  return details === "{}" ? null : details;
}
